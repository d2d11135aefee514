package hubtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"latido/hub"
)

// patience is how long the suite waits for what must happen. It only runs out
// when a test fails.
const patience = 30 * time.Second

// RunJournalTests checks that a journal meets the contract of hub.Journal. open returns
// a new and empty journal, and closes it by t.Cleanup where that is needed.
func RunJournalTests(t *testing.T, open func(t *testing.T) hub.Journal) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, hub.Journal)
	}{
		{"an empty journal", testEmpty},
		{"ids count up in one epoch", testIDs},
		{"bounds grow", testBounds},
		{"events come back as they went in", testFidelity},
		{"data comes back byte for byte", testHostileData},
		{"a key is stored once", testDuplicate},
		{"a key means nothing elsewhere", testKeyScope},
		{"one of many with a key is stored", testConcurrentDuplicate},
		{"append with a context that ended", testAppendCancelled},
		{"reads with a context that ended", testReadsCancelled},
		{"follow from each position", testFollowFrom},
		{"follow from above the end", testFollowAbove},
		{"follow hears what is stored later", testFollowLive},
		{"follow while many append", testFollowConcurrent},
		{"two followers", testTwoFollowers},
		{"follow a long backlog", testFollowBacklog},
		{"follow by a slow reader", testFollowSlow},
		{"follow ends with its context", testFollowCancel},
		{"follow that is cancelled in a delivery", testFollowCancelInDeliver},
		{"follow ends with deliver's error", testFollowDeliverError},
		{"history of channels with odd names", testHistoryNames},
		{"history of users, and its length", testHistoryOfUsers},
		{"how far back to read", testBack},
		{"history by position and limit", testHistoryPaging},
		{"history of what was never published", testHistoryNothing},
		{"history of large events", testHistoryLarge},
		{"history while many append", testHistoryConcurrent},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// draft is a checked draft to a channel whose data is its number.
func draft(channel string, n int) hub.Draft {
	return hub.Draft{Name: "test_event", Channel: channel, Data: json.RawMessage(`{"n":` + strconv.Itoa(n) + `}`)}
}

// store appends drafts that must be stored, each as a new event.
func store(t *testing.T, j hub.Journal, drafts ...hub.Draft) (ids []hub.ID) {
	t.Helper()
	for i, r := range Store(t, j, drafts...) {
		if r.Duplicate {
			t.Fatalf("append %d of %d: taken for a duplicate of %s", i+1, len(drafts), r.ID)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// storeN stores n events in a channel, numbered from 0.
func storeN(t *testing.T, j hub.Journal, channel string, n int) []hub.ID {
	t.Helper()
	drafts := make([]hub.Draft, n)
	for i := range drafts {
		drafts[i] = draft(channel, i)
	}
	return store(t, j, drafts...)
}

// follower runs one Follow and hands out what it delivers.
type follower struct {
	events chan *hub.Event
	ended  chan error
	cancel context.CancelFunc
}

// follow starts a follower; the test's end stops it and waits for it.
func follow(t *testing.T, j hub.Journal, from uint64) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{make(chan *hub.Event), make(chan error, 1), cancel}
	go func() {
		f.ended <- j.Follow(ctx, from, func(e *hub.Event) error {
			select {
			case f.events <- e:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		close(f.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-f.ended
	})
	return f
}

// take returns the next n events.
func (f *follower) take(t *testing.T, n int) []*hub.Event {
	t.Helper()
	events := make([]*hub.Event, 0, n)
	late := time.After(patience)
	for len(events) < n {
		select {
		case e := <-f.events:
			events = append(events, e)
		case err := <-f.ended:
			t.Fatalf("follow ended after %d of %d events: %v", len(events), n, err)
		case <-late:
			t.Fatalf("follow delivered %d of %d events in %s", len(events), n, patience)
		}
	}
	return events
}

// stop cancels the follower and returns its error.
func (f *follower) stop(t *testing.T) error {
	t.Helper()
	f.cancel()
	return wait(t, f.ended)
}

func wait(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		t.Fatalf("it has not returned after %s", patience)
		return nil
	}
}

// wantIDs wants events with these ids, in order.
func wantIDs(t *testing.T, events []*hub.Event, ids []hub.ID) {
	t.Helper()
	if len(events) != len(ids) {
		t.Fatalf("%d events, want %d", len(events), len(ids))
	}
	for i, e := range events {
		if e.ID != ids[i] {
			t.Fatalf("event %d is %s, want %s", i, e.ID, ids[i])
		}
	}
}

// wantEvent wants an event that matches its draft.
func wantEvent(t *testing.T, e *hub.Event, id hub.ID, d hub.Draft) {
	t.Helper()
	got := fmt.Sprintf("%s %s channel=%q user=%d %s", e.ID, e.Name, e.Channel, e.User, e.Data)
	want := fmt.Sprintf("%s %s channel=%q user=%d %s", id, d.Name, d.Channel, d.User, d.Data)
	if got != want {
		t.Errorf("event\n%.300q, want\n%.300q", got, want)
	}
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s returns %v, want an error that wraps %v", what, err, want)
	}
}
