package journal

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// lazily is how long an event that nobody waits for, a sample, may lie in the
// page cache before it is forced onto the disk.
const lazily = 50 * time.Millisecond

// committer makes what the engine has written durable, for all who wait at
// once: while one sync runs, those who come gather for the next.
//
// It has two goroutines that do the same, each with files of its own. One acts
// at once, for those who wait; the other after a while, for what nobody waits
// for. So no poster ever waits for a sync that was begun for samples.
type committer struct {
	durable atomic.Uint64 // every event up to it is on the disk
	now     chan struct{} // one place each: there is something to do
	later   chan struct{}
	over    chan struct{}
	running sync.WaitGroup

	mu      sync.Mutex
	written uint64        // newest sequence known to be written
	err     error         // a sync failed: nothing can be promised any more
	changed chan struct{} // closed, and replaced, when durable or err has changed
}

// disk is where written events are forced to.
type disk interface {
	// sync forces onto the disk what had been written before it was called.
	sync() error
	close()
}

// startCommitter begins with everything up to durable on the disk. newDisk is
// called for each goroutine, which closes what it answers. pause is how long
// what nobody waits for may take.
func startCommitter[D disk](durable uint64, newDisk func() D, pause time.Duration) *committer {
	c := &committer{now: make(chan struct{}, 1), later: make(chan struct{}, 1), over: make(chan struct{}),
		written: durable, changed: make(chan struct{})}
	c.durable.Store(durable)
	c.running.Go(func() { c.run(c.now, 0, newDisk()) })
	c.running.Go(func() { c.run(c.later, pause, newDisk()) })
	return c
}

// stop ends the goroutines and waits for them: for a sync that is running.
func (c *committer) stop() {
	close(c.over)
	c.running.Wait()
}

func (c *committer) run(wanted <-chan struct{}, pause time.Duration, d disk) {
	defer d.close()
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

func (c *committer) round(d disk) {
	c.mu.Lock()
	target, err := c.written, c.err
	c.mu.Unlock()
	durable := c.durable.Load()
	if target <= durable || err != nil {
		return
	}
	err = d.sync()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil && c.err == nil:
		// A kernel reports a failed write-back once and then calls the pages
		// clean: a later sync that succeeds would prove nothing.
		c.err = fmt.Errorf("force events onto the disk: %w", err)
	case err == nil && c.err == nil && target > c.durable.Load():
		c.durable.Store(target)
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// note takes in that the engine has written an event, so that it is on the disk
// some time soon.
func (c *committer) note(seq uint64) { c.want(seq, c.later) }

// hurry takes in that somebody waits until a written event is on the disk.
func (c *committer) hurry(seq uint64) { c.want(seq, c.now) }

// state answers up to where events are on the disk, what is closed when that or
// the failure changes, and why nothing more comes there, if so.
func (c *committer) state() (durable uint64, changed <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.durable.Load(), c.changed, c.err
}

// await returns once an event that has been written is on the disk, with the
// failure of a sync, or with ctx's error. It does not hurry.
func (c *committer) await(ctx context.Context, seq uint64) error {
	if c.durable.Load() >= seq {
		return nil
	}
	c.note(seq)
	for {
		durable, changed, err := c.state()
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

func (c *committer) want(seq uint64, who chan<- struct{}) {
	c.mu.Lock()
	c.written = max(c.written, seq)
	c.mu.Unlock()
	select {
	case who <- struct{}{}:
	default: // it has been told, and has not begun
	}
}

// failure answers why nothing can be made durable any more, nil while it can.
func (c *committer) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
