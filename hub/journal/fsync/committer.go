package fsync

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Committer makes written data durable for all callers that wait: while one sync
// runs, later requests gather for the next one. All methods may be called
// concurrently. Start makes one.
//
// It has two goroutines that do the same, each with files of its own. One acts at
// once, for callers that wait; the other after a pause, for data that no writer waits
// for. So no caller waits for a sync that was begun for data without a waiter.
type Committer struct {
	durable atomic.Uint64 // everything up to it is on the disk
	observe func(time.Duration)
	now     chan struct{} // buffer 1, as later: there is something to do
	later   chan struct{}
	over    chan struct{}
	running sync.WaitGroup

	mu      sync.Mutex
	written uint64        // newest sequence known to be written
	err     error         // a sync failed: nothing can be promised any more
	changed chan struct{} // closed, and replaced, when durable or err has changed
}

// Disk is where written data is forced to.
type Disk interface {
	// Sync forces onto the disk what had been written before it was called.
	Sync() error
	Close()
}

// Options say how a Committer works.
type Options struct {
	// Pause is how long data that no caller waits for may stay in the page cache.
	Pause time.Duration

	// Observe, unless it is nil, is called with the duration of each sync, from
	// either goroutine.
	Observe func(time.Duration)
}

// Start starts a Committer with everything up to durable on the disk. urgent is for callers
// that wait, later for data that no caller waits for; each belongs to one goroutine, which
// closes it.
func Start(durable uint64, urgent, later Disk, opt Options) *Committer {
	c := &Committer{observe: opt.Observe, now: make(chan struct{}, 1), later: make(chan struct{}, 1), over: make(chan struct{}),
		written: durable, changed: make(chan struct{})}
	c.durable.Store(durable)
	c.running.Go(func() { c.run(c.now, 0, urgent) })
	c.running.Go(func() { c.run(c.later, opt.Pause, later) })
	return c
}

// Stop ends the goroutines and waits for them, and so for a sync in progress.
func (c *Committer) Stop() {
	close(c.over)
	c.running.Wait()
}

func (c *Committer) run(wanted <-chan struct{}, pause time.Duration, d Disk) {
	defer d.Close()
	for {
		select {
		case <-wanted:
		case <-c.over:
			return
		}
		if pause > 0 {
			select {
			case <-time.After(pause):
			case <-c.over:
				return
			}
		}
		c.round(d)
	}
}

// round syncs once, unless everything is on the disk already.
func (c *Committer) round(d Disk) {
	c.mu.Lock()
	target, err := c.written, c.err
	c.mu.Unlock()
	if target <= c.durable.Load() || err != nil {
		return
	}
	begun := time.Now()
	err = d.Sync()
	if c.observe != nil {
		c.observe(time.Since(begun))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil && c.err == nil:
		// A kernel reports a failed write-back once and then calls the pages
		// clean: a later sync that succeeds would prove nothing.
		c.err = fmt.Errorf("force events onto the disk: %w", err)
	case err == nil && c.err == nil && target > c.durable.Load():
		// c.err is checked again: the other goroutine's sync may have failed while
		// this one ran, and taken the error that was meant for both.
		c.durable.Store(target)
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Note records that a sequence has been written, so that it is synced after the
// pause.
func (c *Committer) Note(seq uint64) { c.want(seq, c.later) }

// Hurry records that a caller waits until a written sequence is on the disk.
func (c *Committer) Hurry(seq uint64) { c.want(seq, c.now) }

func (c *Committer) want(seq uint64, wake chan<- struct{}) {
	c.mu.Lock()
	c.written = max(c.written, seq)
	c.mu.Unlock()
	select {
	case wake <- struct{}{}:
	default: // a round is due already, and has not begun
	}
}

// Durable returns up to which sequence everything is on the disk.
func (c *Committer) Durable() uint64 { return c.durable.Load() }

// State returns up to which sequence everything is on the disk, a channel that is
// closed when that or the failure changes, and the failure, if there is one.
func (c *Committer) State() (durable uint64, changed <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.durable.Load(), c.changed, c.err
}

// Await returns nil once a written sequence is on the disk; otherwise the failure of
// a sync, or ctx's error. It does not hurry: without Hurry it may take the pause.
func (c *Committer) Await(ctx context.Context, seq uint64) error {
	if c.durable.Load() >= seq {
		return nil
	}
	c.Note(seq)
	for {
		durable, changed, err := c.State()
		if durable >= seq {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
