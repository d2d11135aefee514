package hubtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"latido/hub/kv"
)

// RunRecordsTests checks that records meet the contract of kv.Store. open returns new
// and empty ones, and closes them by t.Cleanup where that is needed.
func RunRecordsTests(t *testing.T, open func(t *testing.T) kv.Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, kv.Store)
	}{
		{"what is stored is read", testRecordRoundTrip},
		{"a record that is another one by now", testRecordConflicts},
		{"a record that was deleted", testRecordDeleted},
		{"names and sizes", testRecordLimits},
		{"calls with a context that ended", testRecordContext},
		{"one of many writers wins", testRecordWriters},
		{"watch where nothing is", testWatchEmpty},
		{"watch what is there, and its changes", testWatchChanges},
		{"watch while it changes", testWatchBusy},
		{"two watches, one slow", testTwoWatches},
		{"watch ends with its context", testWatchContext},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// put stores a value that must be taken.
func put(t *testing.T, r kv.Store, name, value string, revision uint64) uint64 {
	t.Helper()
	now, err := r.Put(t.Context(), name, []byte(value), revision)
	if err != nil {
		t.Fatalf("put %s over %d: %v", name, revision, err)
	}
	return now
}

func remove(t *testing.T, r kv.Store, name string, revision uint64) {
	t.Helper()
	if err := r.Delete(t.Context(), name, revision); err != nil {
		t.Fatalf("delete %s at %d: %v", name, revision, err)
	}
}

// wantRecord wants Get to return a value and its revision.
func wantRecord(t *testing.T, r kv.Store, name, value string, revision uint64) {
	t.Helper()
	got, err := r.Get(t.Context(), name)
	if err != nil || got.Name != name || string(got.Value) != value || got.Value == nil || got.Revision != revision {
		t.Errorf("get %s: %s at %d and %v, want %s at %d", name, show(got), got.Revision, err, short(value), revision)
	}
}

func wantNoRecord(t *testing.T, r kv.Store, name string) {
	t.Helper()
	_, err := r.Get(t.Context(), name)
	wantError(t, "get "+name, err, kv.ErrNotFound)
}

func show(r kv.Record) string {
	if r.Value == nil {
		return r.Name + " deleted"
	}
	return r.Name + "=" + short(string(r.Value))
}

func short(s string) string { return fmt.Sprintf("%.60q", s) }

func testRecordRoundTrip(t *testing.T, r kv.Store) {
	wantNoRecord(t, r, "user.1")
	last := uint64(0)
	for name, value := range map[string]string{
		"user.1": "", "a": "x", "key.a_b-c=.Z9": "\x00\xff\r\n{}",
		strings.Repeat("n", kv.MaxName): strings.Repeat("\xf0", kv.MaxValue),
	} {
		first := put(t, r, name, value, 0)
		wantRecord(t, r, name, value, first)
		second := put(t, r, name, value+"2"[:min(1, kv.MaxValue-len(value))], first)
		if first <= last || second <= first {
			t.Errorf("revisions %d, %d after %d: want them to rise", first, second, last)
		}
		last = second
	}
	buffer := []byte("mine")
	revision, err := r.Put(t.Context(), "buffer", buffer, 0)
	if err != nil {
		t.Fatal(err)
	}
	copy(buffer, "used")
	wantRecord(t, r, "buffer", "mine", revision)
	got, err := r.Get(t.Context(), "buffer")
	if err != nil {
		t.Fatal(err)
	}
	copy(got.Value, "used")
	wantRecord(t, r, "buffer", "mine", revision)
}

func testRecordConflicts(t *testing.T, r kv.Store) {
	old := put(t, r, "user.1", "a", 0)
	now := put(t, r, "user.1", "b", old)
	other := put(t, r, "user.2", "c", 0)
	for _, revision := range []uint64{0, old, now + 1, other, 1 << 40} {
		if got, err := r.Put(t.Context(), "user.1", []byte("x"), revision); !errors.Is(err, kv.ErrConflict) || errors.Is(err, kv.ErrUnavailable) || got != 0 {
			t.Errorf("put over %d where %d is: %d and %v, want ErrConflict", revision, now, got, err)
		}
		if err := r.Delete(t.Context(), "user.1", revision); !errors.Is(err, kv.ErrConflict) || errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("delete %d where %d is: %v, want ErrConflict", revision, now, err)
		}
	}
	for _, revision := range []uint64{0, 1, now} {
		if revision > 0 {
			_, err := r.Put(t.Context(), "missing", []byte("x"), revision)
			wantError(t, "put over what is not there", err, kv.ErrConflict)
		}
		wantError(t, "delete what is not there", r.Delete(t.Context(), "missing", revision), kv.ErrConflict)
	}
	wantRecord(t, r, "user.1", "b", now)
	wantNoRecord(t, r, "missing")
}

func testRecordDeleted(t *testing.T, r kv.Store) {
	w := watchRecords(t, r)
	w.wantReady(t)
	last := uint64(0)
	for round := range 5 {
		first := put(t, r, "user.1", strconv.Itoa(round), 0)
		remove(t, r, "user.1", first)
		wantNoRecord(t, r, "user.1")
		gone := w.take(t)
		if gone.Value != nil { // it may have come too late to be delivered
			gone = w.take(t)
		}
		// The deletion has a revision, too, but it is no value that can be replaced.
		for _, revision := range []uint64{first, gone.Revision} {
			wantError(t, "delete it again", r.Delete(t.Context(), "user.1", revision), kv.ErrConflict)
			_, err := r.Put(t.Context(), "user.1", []byte("x"), revision)
			wantError(t, "replace what was deleted", err, kv.ErrConflict)
		}
		if gone.Name != "user.1" || gone.Value != nil || gone.Revision <= first || first <= last {
			t.Errorf("stored as %d and %s at %d, after %d: want rising revisions", first, show(gone), gone.Revision, last)
		}
		last = gone.Revision
	}
	w.wantNothing(t)
}

func testRecordLimits(t *testing.T, r kv.Store) {
	refused := func(what string, err error) {
		t.Helper()
		if err == nil || errors.Is(err, kv.ErrUnavailable) || errors.Is(err, kv.ErrConflict) || errors.Is(err, kv.ErrNotFound) {
			t.Errorf("%s: %v, want an error of the caller's", what, err)
		}
	}
	for _, name := range []string{"", ".", "a.", ".a", "a..b", "a b", "a/b", "*", ">", "a.*", "ñ", "a\n", strings.Repeat("n", kv.MaxName+1)} {
		_, err := r.Put(t.Context(), name, nil, 0)
		refused("put "+short(name), err)
		_, err = r.Get(t.Context(), name)
		refused("get "+short(name), err)
		refused("delete "+short(name), r.Delete(t.Context(), name, 1))
	}
	_, err := r.Put(t.Context(), "large", make([]byte, kv.MaxValue+1), 0)
	refused("a large value", err)
	wantNoRecord(t, r, "large")
	w := watchRecords(t, r)
	w.wantReady(t)
}

func testRecordContext(t *testing.T, r kv.Store) {
	revision := put(t, r, "user.1", "a", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Put(ctx, "user.1", []byte("b"), revision)
	wantError(t, "put", err, context.Canceled)
	wantError(t, "delete", r.Delete(ctx, "user.1", revision), context.Canceled)
	_, err = r.Get(ctx, "user.1")
	wantError(t, "get", err, context.Canceled)
	err = r.Watch(ctx, func(kv.Record) { t.Error("something is delivered") }, func() { t.Error("it is ready") })
	wantError(t, "watch", err, context.Canceled)
	wantRecord(t, r, "user.1", "a", revision)
}

// testRecordWriters: of several writers of the same value one succeeds, and the others
// learn that they have not.
func testRecordWriters(t *testing.T, r kv.Store) {
	const writers, rounds = 8, 10
	revision, value := uint64(0), ""
	for round := range rounds {
		var mu sync.Mutex
		var won []uint64
		var all sync.WaitGroup
		before := revision
		for n := range writers {
			all.Go(func() {
				text := fmt.Sprint(round, " by ", n)
				now, err := r.Put(t.Context(), "one", []byte(text), before)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won, value = append(won, now), text
				} else if !errors.Is(err, kv.ErrConflict) {
					t.Errorf("a writer that lost: %v, want ErrConflict", err)
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("%d of %d writers over %d won", len(won), writers, before)
		}
		revision = won[0]
		wantRecord(t, r, "one", value, revision)
		if round%3 == 2 { // also where one was
			remove(t, r, "one", revision)
			revision = 0
		}
	}
}
