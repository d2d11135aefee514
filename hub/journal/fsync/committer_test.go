package fsync

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

func (d *slowDisk) Sync() error {
	d.syncs.Add(1)
	time.Sleep(time.Second) // in a synctest bubble
	if err := d.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (d *slowDisk) Close() {}

// waitFor is what a publisher does.
func waitFor(c *Committer, ctx context.Context, seq uint64) error {
	if seq > c.Durable() {
		c.Hurry(seq)
	}
	return c.Await(ctx, seq)
}

func TestOneSyncForAllThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDisk{}
		c := Start(10, d, d, Options{Pause: time.Minute})
		defer c.Stop()
		var publishers sync.WaitGroup
		began := time.Now()
		for n := range uint64(50) {
			publishers.Go(func() {
				if n > 0 {
					time.Sleep(500 * time.Millisecond) // while the first one's sync runs
				}
				if err := waitFor(c, t.Context(), 11+n); err != nil {
					t.Error(err)
				}
			})
		}
		publishers.Wait()
		if took := time.Since(began); d.syncs.Load() != 2 || took != 2*time.Second {
			t.Errorf("50 publishers took %d syncs and %s, want 2 and 2s", d.syncs.Load(), took)
		}
		if err := waitFor(c, t.Context(), 60); err != nil || d.syncs.Load() != 2 {
			t.Errorf("what is on the disk is synced again: %v", err)
		}
	})
}

func TestPublisherDoesNotWaitForEphemeral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDisk{}
		c := Start(0, d, d, Options{Pause: 100 * time.Millisecond})
		defer c.Stop()
		c.Note(1)
		time.Sleep(600 * time.Millisecond) // the ephemeral event's sync is half done
		began := time.Now()
		if err := waitFor(c, t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("the publisher waited %s, one sync takes 1s", took)
		}
	})
}

func TestEphemeralIsSyncedBySomeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Start(0, &slowDisk{}, &slowDisk{}, Options{Pause: 100 * time.Millisecond})
		defer c.Stop()
		began := time.Now()
		if err := c.Await(t.Context(), 1); err != nil {
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
		c := Start(0, d, d, Options{Pause: time.Minute})
		defer c.Stop()
		gone := errors.New("input/output error")
		d.err.Store(&gone)
		if err := waitFor(c, t.Context(), 1); !errors.Is(err, gone) {
			t.Fatalf("the failure is returned as %v", err)
		}
		d.err.Store(nil)
		if err := waitFor(c, t.Context(), 2); !errors.Is(err, gone) {
			t.Errorf("after a failed sync: %v", err)
		}
		if durable, _, err := c.State(); !errors.Is(err, gone) || durable != 0 {
			t.Errorf("failure %v, durable up to %d", err, durable)
		}
	})
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Start(0, &slowDisk{}, &slowDisk{}, Options{Pause: time.Minute})
		defer c.Stop()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := waitFor(c, ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// TestSyncBesideOneThatFailed: the two goroutines sync at the same time. A sync that
// succeeds proves nothing when the other one has failed meanwhile, because that one
// may have taken the error that was meant for both.
func TestSyncBesideOneThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("input/output error")
		c := Start(0, timedDisk{time.Second, gone}, timedDisk{2 * time.Second, nil}, Options{})
		defer c.Stop()
		c.Hurry(1)
		c.Note(1)
		time.Sleep(3 * time.Second)
		if durable, _, err := c.State(); durable != 0 || !errors.Is(err, gone) {
			t.Errorf("durable up to %d, failure %v; want 0 and the failure of the other sync", durable, err)
		}
	})
}

// timedDisk takes a time for each sync and fails with err.
type timedDisk struct {
	takes time.Duration
	err   error
}

func (d timedDisk) Sync() error {
	time.Sleep(d.takes)
	return d.err
}

func (d timedDisk) Close() {}

// TestSyncsAreObserved: each with its duration.
func TestSyncsAreObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		c := Start(0, &slowDisk{}, &slowDisk{}, Options{Pause: time.Minute, Observe: func(d time.Duration) { took = append(took, d) }})
		for seq := uint64(1); seq <= 2; seq++ {
			if err := waitFor(c, t.Context(), seq); err != nil {
				t.Error(err)
			}
		}
		c.Stop()
		if len(took) != 2 || took[0] != time.Second {
			t.Errorf("observed %v, want two syncs of 1s", took)
		}
	})
}
