package hubtest

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"latido/hub"
)

// Store appends drafts and returns their receipts.
func Store(t testing.TB, j hub.Journal, drafts ...hub.Draft) []hub.Receipt {
	t.Helper()
	receipts := make([]hub.Receipt, len(drafts))
	for i, d := range drafts {
		var err error
		if receipts[i], err = j.Append(context.Background(), d); err != nil {
			t.Fatalf("append %d of %d: %v", i+1, len(drafts), err)
		}
	}
	return receipts
}

// Bounds returns the bounds of a journal.
func Bounds(t testing.TB, j hub.Journal) hub.Bounds {
	t.Helper()
	b, err := j.Bounds(context.Background())
	if err != nil {
		t.Fatalf("bounds: %v", err)
	}
	return b
}

var errEnough = errors.New("enough")

// Follow returns the events from one sequence to another; none when last is below from.
func Follow(t testing.TB, j hub.Journal, from, last uint64) (events []*hub.Event) {
	t.Helper()
	if last < from {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := j.Follow(ctx, from, func(e *hub.Event) error {
		if events = append(events, e); e.ID.Seq >= last {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("follow ended after %d events: %v", len(events), err)
	}
	return events
}

// WaitFor waits for what no channel announces, up to half a minute.
func WaitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("waited 30 s for %s:\n%s", what, buf[:runtime.Stack(buf, true)])
		}
	}
}
