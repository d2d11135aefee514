package hubtest

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub"
)

func testFollowFrom(t *testing.T, j hub.Journal) {
	waitAtEnd(t, j)
	ids := storeN(t, j, "general", 10)
	waitAtEnd(t, j)
	for from := uint64(0); from <= 11; from++ {
		f := follow(t, j, from)
		// From the end there is nothing: the next event shows where it stood.
		rest := ids[max(from, 1)-1:]
		wantIDs(t, f.take(t, len(rest)), rest)
		ids = append(ids, storeN(t, j, "general", 1)...)
		next := max(from, uint64(len(ids)))
		if e := f.take(t, 1)[0]; e.ID.Seq != next {
			t.Errorf("follow from %d: then comes %d, want %d", from, e.ID.Seq, next)
		}
		wantError(t, "follow", f.stop(t), context.Canceled)
	}
}

// waitAtEnd follows from the end, where nothing comes until something is
// stored: only its context ends that.
func waitAtEnd(t *testing.T, j hub.Journal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := j.Follow(ctx, Bounds(t, j).Last+1, func(e *hub.Event) error {
		t.Errorf("%s was delivered, it is from before the end", e.ID)
		return nil
	})
	wantError(t, "follow from the end", err, context.DeadlineExceeded)
}

func testFollowAbove(t *testing.T, j hub.Journal) {
	for _, stored := range []int{0, 3} {
		storeN(t, j, "general", stored)
		last := Bounds(t, j).Last
		for _, from := range []uint64{last + 2, last + 1000, math.MaxUint64} {
			f := follow(t, j, from)
			wantError(t, "follow from "+strconv.FormatUint(from, 10), wait(t, f.ended), hub.ErrJournal)
		}
	}
}

func testFollowLive(t *testing.T, j hub.Journal) {
	f := follow(t, j, 1)
	for i := range 50 {
		ids := store(t, j, draft("channel "+strconv.Itoa(i), i))
		wantIDs(t, f.take(t, 1), ids)
	}
}

func testFollowConcurrent(t *testing.T, j hub.Journal) {
	const writers, each = 8, 50
	storeN(t, j, "before", 20)
	f := follow(t, j, 1)
	written := make([][]hub.ID, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() { written[w] = appendAll(t, j, w, each) })
	}
	events := f.take(t, 20+writers*each)
	wg.Wait()
	byID := map[hub.ID]*hub.Event{}
	for i, e := range events {
		if e.ID.Seq != uint64(i+1) {
			t.Fatalf("event %d has the sequence %d", i+1, e.ID.Seq)
		}
		byID[e.ID] = e
	}
	for w, ids := range written {
		for n, id := range ids {
			if e := byID[id]; e == nil {
				t.Errorf("%s was acknowledged and not delivered", id)
			} else {
				wantEvent(t, e, id, draft("writer "+strconv.Itoa(w), n))
			}
			if n > 0 && id.Seq <= ids[n-1].Seq {
				t.Errorf("writer %d got %s after %s", w, id, ids[n-1])
			}
		}
	}
}

// appendAll is store for goroutines, where a test may not end.
func appendAll(t *testing.T, j hub.Journal, writer, n int) []hub.ID {
	var ids []hub.ID
	for i := range n {
		r, err := j.Append(t.Context(), draft("writer "+strconv.Itoa(writer), i))
		if err != nil {
			t.Errorf("append: %v", err)
			continue
		}
		ids = append(ids, r.ID)
	}
	return ids
}

func testTwoFollowers(t *testing.T, j hub.Journal) {
	a, b := follow(t, j, 1), follow(t, j, 1)
	ids := storeN(t, j, "general", 10)
	fromA, fromB := a.take(t, 10), b.take(t, 10)
	wantIDs(t, fromA, ids)
	wantIDs(t, fromB, ids)
	if fromA[0] == fromB[0] {
		t.Error("two followers got one event to share: what one hub stores in it, the other sees")
	}
	wantError(t, "follow", a.stop(t), context.Canceled)
	more := storeN(t, j, "general", 3)
	wantIDs(t, b.take(t, 3), more)
}

func testFollowBacklog(t *testing.T, j hub.Journal) {
	const n = 2100 // two borders of what a journal reads at once
	ids := storeN(t, j, "general", n)
	wantIDs(t, follow(t, j, 1).take(t, n), ids)
}

// testFollowSlow asks the journal something in every delivery: that is allowed,
// and slow enough for whatever buffers events to fill up.
func testFollowSlow(t *testing.T, j hub.Journal) {
	const n = 1200
	ids := storeN(t, j, "general", n)
	enough := errors.New("enough")
	var events []*hub.Event
	err := j.Follow(t.Context(), 1, func(e *hub.Event) error {
		if b := Bounds(t, j); b.Last != n {
			t.Errorf("the last event is %d, want %d", b.Last, n)
		}
		if events = append(events, e); len(events) == n {
			return enough
		}
		return nil
	})
	wantError(t, "follow", err, enough)
	wantIDs(t, events, ids)
}

func testFollowCancel(t *testing.T, j hub.Journal) {
	ids := storeN(t, j, "general", 3)
	f := follow(t, j, 1)
	wantIDs(t, f.take(t, 3), ids)
	wantError(t, "follow", f.stop(t), context.Canceled)
	storeN(t, j, "general", 3)
	follow(t, j, 4).take(t, 3)
	select {
	case e := <-f.events:
		t.Errorf("%s was delivered after follow had returned", e.ID)
	default:
	}
}

func testFollowCancelInDeliver(t *testing.T, j hub.Journal) {
	storeN(t, j, "general", 100)
	// The next event is ready when the context ends, so a journal that looks at
	// both at once must choose right every time.
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		var inside, calls atomic.Int32
		err := j.Follow(ctx, 1, func(*hub.Event) error {
			if inside.Add(1) > 1 {
				t.Error("deliver is called from two goroutines at once")
			}
			defer inside.Add(-1)
			if calls.Add(1) == 10 {
				cancel()
			}
			return nil
		})
		cancel()
		wantError(t, "follow", err, context.Canceled)
		if n := calls.Load(); n != 10 {
			t.Fatalf("%d deliveries, want 10: the context ended in the tenth", n)
		}
	}
}

func testFollowDeliverError(t *testing.T, j hub.Journal) {
	storeN(t, j, "general", 5)
	full := errors.New("no room")
	calls := 0
	err := j.Follow(t.Context(), 1, func(*hub.Event) error {
		if calls++; calls == 2 {
			return full
		}
		return nil
	})
	wantError(t, "follow", err, full)
	if errors.Is(err, hub.ErrJournal) {
		t.Errorf("deliver's error came back as the journal's: %v", err)
	}
	if calls != 2 {
		t.Errorf("%d deliveries, want 2", calls)
	}
}
