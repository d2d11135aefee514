package hubtest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"latido/hub/kv"
)

// watching runs one Watch and hands out what it delivers.
type watching struct {
	records chan kv.Record
	ready   chan struct{}
	ended   chan error
	cancel  context.CancelFunc
}

// watchRecords starts a Watch; the test's end stops it and waits for it.
func watchRecords(t *testing.T, r kv.Store) *watching {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &watching{make(chan kv.Record), make(chan struct{}), make(chan error, 1), cancel}
	go func() {
		w.ended <- r.Watch(ctx, func(record kv.Record) {
			select {
			case w.records <- record:
			case <-ctx.Done():
			}
		}, func() {
			select {
			case w.ready <- struct{}{}:
			case <-ctx.Done():
			}
		})
		close(w.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-w.ended
	})
	return w
}

// take returns the next record, before or after it is ready.
func (w *watching) take(t *testing.T) kv.Record {
	t.Helper()
	select {
	case record := <-w.records:
		return record
	case <-w.ready:
		t.Fatal("it is ready where a record is due")
	case err := <-w.ended:
		t.Fatalf("watch has ended: %v", err)
	case <-time.After(patience):
		t.Fatalf("watch delivers nothing in %s", patience)
	}
	return kv.Record{}
}

func (w *watching) wantReady(t *testing.T) {
	t.Helper()
	select {
	case record := <-w.records:
		t.Fatalf("%s is delivered where it should be ready", show(record))
	case <-w.ready:
	case err := <-w.ended:
		t.Fatalf("watch has ended: %v", err)
	case <-time.After(patience):
		t.Fatalf("watch is not ready in %s", patience)
	}
}

// wantNothing is sure of what was delivered by mistake only when it came already.
func (w *watching) wantNothing(t *testing.T) {
	t.Helper()
	select {
	case record := <-w.records:
		t.Errorf("%s is delivered at %d, and should not be", show(record), record.Revision)
	default:
	}
}

func testWatchEmpty(t *testing.T, r kv.Store) {
	w := watchRecords(t, r)
	w.wantReady(t)
	revision := put(t, r, "user.1", "", 0)
	if got := w.take(t); got.Name != "user.1" || got.Value == nil || len(got.Value) != 0 || got.Revision != revision {
		t.Errorf("%s at %d, want an empty value at %d", show(got), got.Revision, revision)
	}
}

func testWatchChanges(t *testing.T, r kv.Store) {
	a := put(t, r, "a", "1", 0)
	b := put(t, r, "b", "1", 0)
	gone := put(t, r, "gone", "1", 0)
	a = put(t, r, "a", "2", a)
	remove(t, r, "gone", gone)
	w := watchRecords(t, r)
	want := func(name, value string, revision uint64) {
		t.Helper()
		got := w.take(t)
		if got.Name != name || string(got.Value) != value || (got.Value == nil) != (value == "") || revision > 0 && got.Revision != revision {
			t.Fatalf("%s at %d, want %s=%q at %d", show(got), got.Revision, name, value, revision)
		}
	}
	want("b", "1", b)
	want("a", "2", a)
	w.wantReady(t)
	b2 := put(t, r, "b", "2", b)
	want("b", "2", b2)
	remove(t, r, "a", a)
	want("a", "", 0)
	again := put(t, r, "gone", "2", 0)
	want("gone", "2", again)
	a = put(t, r, "a", "3", 0)
	remove(t, r, "b", b2)
	want("a", "3", a)
	want("b", "", 0)
	w.wantNothing(t)
}

// testWatchBusy: what is there is delivered before ready, however often it changes
// meanwhile; afterwards nothing is missed; revisions rise.
func testWatchBusy(t *testing.T, r kv.Store) {
	const fixed, rounds = 20, 10
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	final := make([]uint64, fixed)
	for n := range fixed {
		final[n] = put(t, r, fmt.Sprint("fixed.", n), "0", 0)
	}
	writing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			n := i % fixed
			now, err := r.Put(context.Background(), fmt.Sprint("fixed.", n), []byte(strconv.Itoa(i)), final[n])
			if err != nil {
				t.Errorf("put while it is watched: %v", err)
				return
			}
			final[n] = now
			name := fmt.Sprint("brief.", i)
			if now, err = r.Put(context.Background(), name, []byte("x"), 0); err == nil {
				err = r.Delete(context.Background(), name, now)
			}
			if err != nil {
				t.Errorf("put and delete while it is watched: %v", err)
				return
			}
		}
	})
	var watches []*collector
	for range rounds {
		c := collect(t, r)
		watches = append(watches, c)
		select {
		case <-c.ready:
		case <-time.After(patience):
			t.Fatal("a watch is not ready")
		}
	}
	stop()
	writing.Wait()
	for _, c := range watches {
		c.until(t, slices.Max(final))
		c.compare(t, final)
	}
}

func testTwoWatches(t *testing.T, r kv.Store) {
	fast, slow := watchRecords(t, r), watchRecords(t, r)
	fast.wantReady(t)
	slow.wantReady(t)
	large := bytes.Repeat([]byte("x"), 4<<10)
	revision := uint64(0)
	const n = 200
	var want []uint64
	for i := range n {
		var err error
		if revision, err = r.Put(t.Context(), fmt.Sprint("n.", i), large, 0); err != nil {
			t.Fatal(err)
		}
		want = append(want, revision)
		if got := fast.take(t); got.Revision != revision {
			t.Fatalf("%s at %d, want %d", show(got), got.Revision, revision)
		}
	}
	for _, revision := range want {
		if got := slow.take(t); got.Revision != revision || len(got.Value) != len(large) {
			t.Fatalf("the slow one: %s at %d, want %d", show(got), got.Revision, revision)
		}
	}
}

func testWatchContext(t *testing.T, r kv.Store) {
	put(t, r, "user.1", "a", 0)
	w := watchRecords(t, r)
	w.take(t)
	w.wantReady(t)
	w.cancel()
	if err := wait(t, w.ended); err != context.Canceled {
		t.Errorf("watch ends with %v, want the context's own error", err)
	}
	in := watchRecords(t, r) // in a delivery
	in.cancel()
	if err := wait(t, in.ended); err != context.Canceled {
		t.Errorf("watch ends in a delivery with %v, want the context's own error", err)
	}
}
