package engine

import (
	"context"
	"time"

	"latido/hub/journal/fsync"
)

// Durability says what an acknowledgement promises.
type Durability string

const (
	// Safe acknowledges an event, and shows it to readers, once it is on the
	// disk: a power cut takes nothing that was acknowledged. Events that come
	// at the same time share one fdatasync.
	Safe Durability = "safe"

	// Fast acknowledges an event once it is written: it survives the end of the
	// process, kill -9 included. It is on the disk about a second later; what a
	// power cut takes shows by another epoch.
	Fast Durability = "fast"
)

// Meaning is the promise in one sentence, for the log.
func (d Durability) Meaning() string {
	if d == Fast {
		return "an acknowledged event survives kill -9; a power cut may take the last second, which clients that come back see as a gap"
	}
	return "an acknowledged event is on the disk: it survives kill -9 and a power cut"
}

const (
	// fastSync is how long an acknowledged message may be in memory only with Fast.
	fastSync = time.Second

	// ephemeralPause is how long a message that no publisher waits for may be in the page cache
	// before it is forced onto the disk, with Safe.
	ephemeralPause = 50 * time.Millisecond
)

// StartCommitter starts a Committer that makes what is written to a stream durable. The
// Run stops it.
// Everything up to a sequence is on the disk; urgent and later are as for fsync.Start.
func (r *Run) StartCommitter(stream string, durable uint64, urgent, later fsync.Disk) *fsync.Committer {
	pause := ephemeralPause
	if r.cfg.Durability == Fast {
		pause = fastSync
	}
	c := fsync.Start(durable, urgent, later, fsync.Options{Pause: pause, Observe: r.cfg.ObserveSync})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.committers[stream] = c
	return c
}

// Durable returns nil once what has been written to a stream up to a sequence is as
// durable as an acknowledgement promises, at once where that is the servers' matter. What is
// not urgent waits for the sync that comes after the pause.
func (r *Run) Durable(ctx context.Context, stream string, seq uint64, urgent bool) error {
	r.mu.Lock()
	c := r.committers[stream]
	r.mu.Unlock()
	switch {
	case c == nil:
		return nil
	case r.cfg.Durability == Fast:
		c.Note(seq)
		return nil
	case urgent && c.Durable() < seq:
		c.Hurry(seq)
	}
	return c.Await(ctx, seq)
}

// syncFailure returns why nothing can be made durable any more, nil while it can. It
// counts whatever the stream: all are on the same disk.
func (r *Run) syncFailure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.committers {
		if _, _, err := c.State(); err != nil {
			return err
		}
	}
	return nil
}

// MayHaveLost reports whether events that were shown to readers may be missing now:
// see Begin.
func (r *Run) MayHaveLost() bool {
	return r.cfg.Cluster == nil && r.before.mayHaveLost(newShutdown(r.cfg))
}

// Begin forces everything that can be read onto the disk and notes that this Run may
// end without notice. A Run that ends so in Fast mode may have lost events if the
// machine has stopped, too: MayHaveLost says so of the next one. On a cluster it does
// nothing.
func (r *Run) Begin() error {
	if r.cfg.Cluster != nil {
		return nil
	}
	if err := fsync.SyncTree(r.cfg.Dir); err != nil {
		return err
	}
	if err := newShutdown(r.cfg).write(r.cfg.Dir); err != nil {
		return err
	}
	r.begun.Store(true)
	return nil
}
