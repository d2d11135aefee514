package journal_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/journal"
	"latido/hub/journal/engine"
)

func TestCloseEndsEverything(t *testing.T) {
	j := open(t, in(t.TempDir()))
	store(t, j, draft(1))
	if err := j.Healthy(t.Context()); err != nil {
		t.Errorf("healthy: %v", err)
	}
	ended, reading := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- j.Follow(context.Background(), 1, func(*hub.Event) error {
			close(reading)
			return nil
		})
	}()
	<-reading
	closeJournal(t, j)
	wantJournalError(t, "follow", <-ended)
	_, err := j.Append(t.Context(), draft(2))
	wantJournalError(t, "append", err)
	_, err = j.Bounds(t.Context())
	wantJournalError(t, "bounds", err)
	_, err = j.History(t.Context(), hub.ChannelTopic("general"), 0, 1)
	wantJournalError(t, "history", err)
	wantJournalError(t, "follow", j.Follow(t.Context(), 1, func(*hub.Event) error { return nil }))
	wantJournalError(t, "healthy", j.Healthy(t.Context()))
	closeJournal(t, j) // a second close is nothing new
}

func wantJournalError(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, hub.ErrJournal) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s returns %v, want ErrJournal", what, err)
	}
}

// TestTimeoutIsTheJournals: our own limit must not pass for the caller's, nor
// the caller's for ours.
func TestTimeoutIsTheJournals(t *testing.T) {
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Timeout: time.Nanosecond}})
	_, err := j.Append(t.Context(), draft(1))
	wantJournalError(t, "append", err)
	_, err = j.Bounds(t.Context())
	wantJournalError(t, "bounds", err)
	_, err = j.History(t.Context(), hub.ChannelTopic("general"), 0, 1)
	wantJournalError(t, "history", err)
	wantJournalError(t, "follow", j.Follow(t.Context(), 1, func(*hub.Event) error { return nil }))

	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if _, err := j.Append(ctx, draft(1)); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, hub.ErrJournal) {
		t.Errorf("append returns %v, want the context's error", err)
	}
}

// TestOpenWithAContextThatEnded leaves the folder free.
func TestOpenWithAContextThatEnded(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if j, err := journal.Open(ctx, in(dir)); !errors.Is(err, context.Canceled) {
		if err == nil {
			closeJournal(t, j)
		}
		t.Errorf("open returns %v, want the context's error", err)
	}
	store(t, open(t, in(dir)), draft(1))
}

// TestNothingIsLeftRunning: goroutines of readers, connections and the engine
// have all ended, however the readers did.
func TestNothingIsLeftRunning(t *testing.T) {
	closeJournal(t, open(t, in(t.TempDir()))) // what the libraries start once
	before := runtime.NumGoroutine()
	j := open(t, in(t.TempDir()))
	store(t, j, draft(1), draft(2), draft(3))
	read(t, j, 1, 3) // what the engine starts with the first reader
	settled := runtime.NumGoroutine()
	for range 10 {
		read(t, j, 1, 3)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var followers, reading sync.WaitGroup
	for range 10 {
		reading.Add(1)
		followers.Go(func() {
			_ = j.Follow(ctx, 3, func(*hub.Event) error { reading.Done(); return nil })
		})
	}
	reading.Wait()
	for range 10 { // these are cancelled wherever they are, while they begin as well
		followers.Go(func() { _ = j.Follow(ctx, 4, func(*hub.Event) error { return nil }) })
	}
	runtime.Gosched()
	cancel()
	followers.Wait()
	waitFor(t, "the readers to be gone", func() bool { return runtime.NumGoroutine() <= settled })
	closeJournal(t, j)
	waitFor(t, "the engine to be gone", func() bool { return runtime.NumGoroutine() <= before })
}

// TestCancelIsPrompt: a reader that waits for the next event, and one whose
// deliver has hung for a while, end within the time of a few requests.
func TestCancelIsPrompt(t *testing.T) {
	j := open(t, in(t.TempDir()))
	store(t, j, draft(1))
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		got := make(chan struct{}, 1)
		go func() {
			ended <- j.Follow(ctx, 1, func(*hub.Event) error {
				got <- struct{}{}
				return nil
			})
		}()
		<-got
		start := time.Now()
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("follow returns %v, want the context's own error", err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("follow took %s to end", took)
		}
	}
}

// TestFollowThroughLostConnections: a reader whose connection breaks goes on
// or ends with ErrJournal, but never passes over an event.
func TestFollowThroughLostConnections(t *testing.T) {
	const n, drops = 2000, 20
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Timeout: 200 * time.Millisecond}})
	published := make(chan struct{})
	go func() {
		defer close(published)
		for i := range n {
			if i%(n/drops) == 0 {
				if err := j.DropReaders(); err != nil {
					t.Errorf("drop the readers: %v", err)
				}
			}
			if _, err := j.Append(t.Context(), draft(i)); err != nil {
				t.Errorf("append: %v", err)
			}
		}
	}()
	next := uint64(1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for next <= n {
		err := j.Follow(ctx, next, func(e *hub.Event) error {
			if e.ID.Seq != next {
				t.Errorf("event %d came when %d was due", e.ID.Seq, next)
			}
			if next = e.ID.Seq + 1; next > n {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) && !errors.Is(err, hub.ErrJournal) || ctx.Err() != nil {
			t.Fatalf("follow ended at %d: %v", next, err)
		}
	}
	<-published
}
