package journal

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowDisk takes a second for each sync.
type slowDisk struct {
	syncs atomic.Int32
	err   atomic.Pointer[error]
}

func (d *slowDisk) sync() error {
	d.syncs.Add(1)
	time.Sleep(time.Second) // in a synctest bubble
	if err := d.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (d *slowDisk) close() {}

// waitFor is what a poster does.
func waitFor(c *committer, ctx context.Context, seq uint64) error {
	if seq > c.durable.Load() {
		c.hurry(seq)
	}
	return c.await(ctx, seq)
}

func TestOneSyncForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDisk{}
		c := startCommitter(10, func() *slowDisk { return d }, time.Minute)
		defer c.stop()
		var posters sync.WaitGroup
		began := time.Now()
		for n := range uint64(50) {
			posters.Go(func() {
				if n > 0 {
					time.Sleep(500 * time.Millisecond) // while the first one's sync runs
				}
				if err := waitFor(c, t.Context(), 11+n); err != nil {
					t.Error(err)
				}
			})
		}
		posters.Wait()
		if took := time.Since(began); d.syncs.Load() != 2 || took != 2*time.Second {
			t.Errorf("50 posters took %d syncs and %s, want 2 and 2s", d.syncs.Load(), took)
		}
		if err := waitFor(c, t.Context(), 60); err != nil || d.syncs.Load() != 2 {
			t.Errorf("what is on the disk is synced again: %v", err)
		}
	})
}

func TestPosterDoesNotWaitForSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDisk{}
		c := startCommitter(0, func() *slowDisk { return d }, 100*time.Millisecond)
		defer c.stop()
		c.note(1)
		time.Sleep(600 * time.Millisecond) // the sample's sync is half done
		began := time.Now()
		if err := waitFor(c, t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("the poster waited %s, one sync takes 1s", took)
		}
	})
}

func TestSampleIsSyncedBySomeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startCommitter(0, func() *slowDisk { return &slowDisk{} }, 100*time.Millisecond)
		defer c.stop()
		began := time.Now()
		if err := c.await(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 1100*time.Millisecond {
			t.Errorf("it took %s, want the pause and one sync", took)
		}
	})
}

// A disk that has failed once proves nothing by a later sync that succeeds.
func TestFailedSyncIsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDisk{}
		c := startCommitter(0, func() *slowDisk { return d }, time.Minute)
		defer c.stop()
		gone := errors.New("input/output error")
		d.err.Store(&gone)
		if err := waitFor(c, t.Context(), 1); !errors.Is(err, gone) {
			t.Fatalf("the failure is told as %v", err)
		}
		d.err.Store(nil)
		if err := waitFor(c, t.Context(), 2); !errors.Is(err, gone) {
			t.Errorf("after a failed sync: %v", err)
		}
		if !errors.Is(c.failure(), gone) || c.durable.Load() != 0 {
			t.Errorf("failure %v, durable up to %d", c.failure(), c.durable.Load())
		}
	})
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startCommitter(0, func() *slowDisk { return &slowDisk{} }, time.Minute)
		defer c.stop()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := waitFor(c, ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}
