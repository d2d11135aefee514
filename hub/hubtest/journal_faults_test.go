package hubtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

var errDisk = errors.New("disk on fire")

func draft(text string) hub.Draft {
	return hub.Draft{Name: "test_event", Channel: "general", Data: json.RawMessage(`{"s":"` + text + `"}`)}
}

func store(t *testing.T, j *hubtest.Journal, n int) {
	t.Helper()
	for range n {
		if _, err := j.Append(t.Context(), draft("x")); err != nil {
			t.Fatal(err)
		}
	}
}

func bounds(t *testing.T, j *hubtest.Journal) hub.Bounds {
	t.Helper()
	b, err := j.Bounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reader follows in the background of a synctest bubble.
type reader struct {
	seqs []uint64
	err  error
	done bool
}

func follow(t *testing.T, j *hubtest.Journal, from uint64) *reader {
	r := &reader{}
	go func() {
		r.err = j.Follow(t.Context(), from, func(e *hub.Event) error {
			r.seqs = append(r.seqs, e.ID.Seq)
			return nil
		})
		r.done = true
	}()
	return r
}

// want wants a settled reader to have these sequences.
func (r *reader) want(t *testing.T, seqs ...uint64) {
	t.Helper()
	synctest.Wait()
	if len(r.seqs) != len(seqs) {
		t.Fatalf("delivered %v, want %v", r.seqs, seqs)
	}
	for i := range seqs {
		if r.seqs[i] != seqs[i] {
			t.Fatalf("delivered %v, want %v", r.seqs, seqs)
		}
	}
}

// ended wants a reader that a fault of the journal has ended.
func (r *reader) ended(t *testing.T, cause error) {
	t.Helper()
	synctest.Wait()
	if !r.done || !errors.Is(r.err, hub.ErrJournal) || cause != nil && !errors.Is(r.err, cause) {
		t.Errorf("follow has ended: %v, with %v, want ErrJournal and %v", r.done, r.err, cause)
	}
}

func TestFailAppend(t *testing.T) {
	j := hubtest.NewJournal()
	j.FailAppend(errDisk)
	if _, err := j.Append(t.Context(), draft("x")); !errors.Is(err, hub.ErrJournal) || !errors.Is(err, errDisk) {
		t.Errorf("append returns %v, want ErrJournal and the cause", err)
	}
	if last := bounds(t, j).Last; last != 0 {
		t.Errorf("%d events are stored", last)
	}
	wantSick(t, j)
	j.FailAppend(nil)
	store(t, j, 1)
}

func wantSick(t *testing.T, j *hubtest.Journal) {
	t.Helper()
	if err := j.Healthy(t.Context()); !errors.Is(err, hub.ErrJournal) || !errors.Is(err, errDisk) {
		t.Errorf("healthy returns %v, want ErrJournal and the cause", err)
	}
}

func TestFailReads(t *testing.T) {
	j := hubtest.NewJournal()
	j.FailReads(errDisk)
	if _, err := j.Bounds(t.Context()); !errors.Is(err, hub.ErrJournal) || !errors.Is(err, errDisk) {
		t.Errorf("bounds returns %v, want ErrJournal and the cause", err)
	}
	if _, err := j.History(t.Context(), hub.ChannelTopic("general"), 0, 1); !errors.Is(err, hub.ErrJournal) || !errors.Is(err, errDisk) {
		t.Errorf("history returns %v, want ErrJournal and the cause", err)
	}
	wantSick(t, j)
	j.FailReads(nil)
	if err := j.Healthy(t.Context()); err != nil {
		t.Errorf("healthy: %v", err)
	}
	bounds(t, j)
}

func TestFailFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		r := follow(t, j, 1)
		store(t, j, 2)
		r.want(t, 1, 2)
		j.FailFollow(errDisk)
		r.ended(t, errDisk)
		follow(t, j, 1).ended(t, errDisk)
		store(t, j, 1)
		j.FailFollow(nil)
		follow(t, j, 3).want(t, 3)
	})
}

func TestHoldDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		r := follow(t, j, 1)
		store(t, j, 1)
		r.want(t, 1)
		j.HoldDelivery()
		store(t, j, 2)
		r.want(t, 1)
		if last := bounds(t, j).Last; last != 3 {
			t.Errorf("the last event is %d, want 3: holding does not stop storing", last)
		}
		j.Release()
		r.want(t, 1, 2, 3)
	})
}

func TestTruncateAndKeepLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		store(t, j, 5)
		j.Truncate(2)
		if b := bounds(t, j); b.First != 3 || b.Last != 5 {
			t.Errorf("%+v, want 3 to 5", b)
		}
		r := follow(t, j, 1)
		r.want(t, 3, 4, 5)
		j.KeepLast(2)
		if b := bounds(t, j); b.First != 4 || b.Last != 5 {
			t.Errorf("%+v, want 4 to 5", b)
		}
		j.HoldDelivery()
		store(t, j, 3)
		j.Release()
		r.want(t, 3, 4, 5, 7, 8) // 6 went before it was read
		events, err := j.History(t.Context(), hub.ChannelTopic("general"), 0, 10)
		if err != nil || len(events) != 2 || events[0].ID.Seq != 7 {
			t.Errorf("history returns %d events and %v, want 7 and 8", len(events), err)
		}
		j.Truncate(100)
		if b := bounds(t, j); b.First != 9 || b.Last != 8 {
			t.Errorf("%+v, want none: 9 to 8", b)
		}
		store(t, j, 1)
		r.want(t, 3, 4, 5, 7, 8, 9)
	})
}

func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		keyed := draft("x")
		keyed.Key = "k"
		before, err := j.Append(t.Context(), keyed)
		if err != nil {
			t.Fatal(err)
		}
		r := follow(t, j, 1)
		r.want(t, 1)
		j.Reset()
		r.ended(t, nil)
		b := bounds(t, j)
		if b.Epoch == before.ID.Epoch || b.First != 1 || b.Last != 0 {
			t.Errorf("%+v, want another epoch than %s, and nothing in it", b, before.ID.Epoch)
		}
		after, err := j.Append(t.Context(), keyed)
		if err != nil || after.Duplicate || after.ID != (hub.ID{Epoch: b.Epoch, Seq: 1}) {
			t.Errorf("the key again: %+v, %v, want the first event of %s", after, err, b.Epoch)
		}
		follow(t, j, 2).want(t)
	})
}

// TestKeysAreForgotten: the window is bounded, or keys pile up for ever.
func TestKeysAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		keyed := draft("x")
		keyed.Key = "k"
		for i, wantDuplicate := range []bool{false, true, false} {
			r, err := j.Append(t.Context(), keyed)
			if err != nil || r.Duplicate != wantDuplicate {
				t.Errorf("append %d: %+v, %v, want duplicate %v", i, r, err, wantDuplicate)
			}
			time.Sleep(6 * time.Minute) // the bubble's time
		}
	})
}

// TestDataIsTheJournals: a publisher may use its buffer again.
func TestDataIsTheJournals(t *testing.T) {
	j := hubtest.NewJournal()
	d := draft("x")
	if _, err := j.Append(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	clear(d.Data)
	events, err := j.History(context.Background(), hub.ChannelTopic("general"), 0, 1)
	if err != nil || len(events) != 1 || string(events[0].Data) != `{"s":"x"}` {
		t.Errorf("%v, %v", events, err)
	}
}
