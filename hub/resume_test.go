package hub_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

func TestSubscriberSeesItsTopicsInOneOrderEachOnce(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	a, b, u := hub.ChannelTopic("a"), hub.ChannelTopic("b"), hub.UserTopic(7)
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a, b, u, a}})
	publish(t, h, a, 1)
	publish(t, h, hub.ChannelTopic("other"), 1)
	publish(t, h, u, 1)
	publish(t, h, b, 1)
	publish(t, h, hub.Topic{Channel: "a", User: 7}, 1) // in two of its topics
	publish(t, h, hub.Topic{Channel: "other", User: 8}, 1)
	reached(t, h, publish(t, h, a, 1))
	got, gap := seqs(t, c)
	equal(t, got, 1, 3, 4, 5, 7)
	if gap != nil {
		t.Fatalf("unexpected gap %+v", gap)
	}
	if pos := c.Position(); pos.Seq != 7 {
		t.Fatalf("position %v, want 7", pos)
	}
	// A quiet subscriber moves on too, or it would fall out of what is kept.
	other := publish(t, h, hub.ChannelTopic("other"), 5)
	reached(t, h, other)
	if got, _ = seqs(t, c); len(got) > 0 || c.Position() != other {
		t.Fatalf("got %v, position %v, want nothing and %v", got, c.Position(), other)
	}
}

func TestResume(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{Retention: hub.Retention{TopicEvents: 10}})
	a := hub.ChannelTopic("a")
	last := publish(t, h, a, 20) // 11..20 are kept
	reached(t, h, last)
	j.KeepLast(10)
	at := func(seq uint64) hub.ID { return hub.ID{Epoch: last.Epoch, Seq: seq} }
	tests := []struct {
		name      string
		request   hub.Request
		reason    hub.Reason // "" for no gap
		to, first uint64     // end of the gap; first event read, 0 for none
	}{
		{"no position", hub.Request{}, "", 0, 0},
		{"at the head", hub.Request{After: at(20)}, "", 0, 0},
		{"one missed", hub.Request{After: at(19)}, "", 0, 20},
		{"just kept", hub.Request{After: at(10)}, "", 0, 11},
		{"too old", hub.Request{After: at(9)}, hub.ReasonTooOld, 10, 11},
		{"from the beginning", hub.Request{After: at(0)}, hub.ReasonTooOld, 10, 11},
		{"too old, to the head", hub.Request{After: at(3), SkipToHead: true}, hub.ReasonTooOld, 20, 0},
		{"too much", hub.Request{After: at(11), MaxReplay: 5}, hub.ReasonTooMuch, 15, 16},
		{"too much, to the head", hub.Request{After: at(11), MaxReplay: 5, SkipToHead: true}, hub.ReasonTooMuch, 20, 0},
		{"the future", hub.Request{After: at(21)}, hub.ReasonReset, 20, 0},
		{"another epoch", hub.Request{After: hub.ID{Epoch: "0", Seq: 15}}, hub.ReasonReset, 20, 0},
		{"rewind", hub.Request{Rewind: 1}, "", 0, 20},
		{"rewind far", hub.Request{Rewind: 99}, "", 0, 11},
		{"a position wins over rewind", hub.Request{After: at(18), Rewind: 5}, "", 0, 19},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.request.Topics = []hub.Topic{a}
			c := subscribe(t, h, tt.request)
			gap := c.Gap()
			switch {
			case tt.reason == "" && gap != nil:
				t.Fatalf("unexpected gap %+v", gap)
			case tt.reason != "" && (gap == nil || gap.Reason != tt.reason || gap.From != tt.request.After || gap.To != at(tt.to)):
				t.Fatalf("gap %+v, want reason %s from %v to %d", gap, tt.reason, tt.request.After, tt.to)
			}
			if gap != nil && c.Position() != gap.To {
				t.Fatalf("position %v after a gap to %v", c.Position(), gap.To)
			}
			var want []uint64
			for s := tt.first; s != 0 && s <= 20; s++ {
				want = append(want, s)
			}
			got, late := seqs(t, c)
			equal(t, got, want...)
			if late != nil {
				t.Fatalf("a second gap %+v", late)
			}
		})
	}
}

func TestPositionAheadOfTheReaderIsNotTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		j.HoldDelivery()
		r, err := h.Publish(context.Background(), hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(time.Second) // the bubble's time: the reader is slow
			j.Release()
		}()
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, After: r.ID})
		if gap := c.Gap(); gap != nil {
			t.Fatalf("the id that Publish answered was taken for one of the future: %+v", gap)
		}
		if got, _ := seqs(t, c); len(got) > 0 {
			t.Fatalf("events before the position: %v", got)
		}
	})
}

func TestReaderThatFallsOffIsTold(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{TopicEvents: 4}})
	a, quiet := hub.ChannelTopic("a"), hub.ChannelTopic("quiet")
	slow := subscribe(t, h, hub.Request{Topics: []hub.Topic{a, quiet}})
	page := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, SkipToHead: true})
	other := subscribe(t, h, hub.Request{Topics: []hub.Topic{quiet}})
	publish(t, h, quiet, 1)
	last := publish(t, h, a, 10)
	reached(t, h, last)
	got, gap := seqs(t, slow)
	equal(t, got, 8, 9, 10, 11)
	if gap == nil || gap.Reason != hub.ReasonSlow || gap.From.Seq != 0 || gap.To.Seq != 7 {
		t.Fatalf("gap %+v, want slow from 0 to 7", gap)
	}
	if got, gap = seqs(t, page); len(got) > 0 || gap == nil || gap.To != last {
		t.Fatalf("a stream that sends its state got %v and gap %+v", got, gap)
	}
	if got, gap = seqs(t, other); gap != nil {
		t.Fatalf("a reader of another channel got a gap %+v", gap)
	}
	equal(t, got, 1)
	if n := h.Stats().Gaps; n != 2 {
		t.Fatalf("%d gaps counted, want 2", n)
	}
}

func TestATopicNamedTwiceCountsOnce(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	a := hub.ChannelTopic("a")
	last := publish(t, h, a, 6)
	reached(t, h, last)
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a, a}, After: hub.ID{Epoch: last.Epoch}, MaxReplay: 6})
	if gap := c.Gap(); gap != nil {
		t.Errorf("gap %+v: the channel was counted twice", gap)
	}
}

// lateBounds is a journal that does not count its newest event at once, as one of
// several copies may not.
type lateBounds struct {
	hub.Journal
	late atomic.Int32
	lag  time.Duration
}

func (j *lateBounds) Bounds(ctx context.Context) (hub.Bounds, error) {
	b, err := j.Journal.Bounds(ctx)
	b.Lag = j.lag
	if j.late.Add(-1) >= 0 {
		b.Last--
	}
	return b, err
}

// TestPositionThatTheJournalDoesNotKnowYet is waited for as long as the journal may
// be behind: a subscriber that comes from another node has it from there.
func TestPositionThatTheJournalDoesNotKnowYet(t *testing.T) {
	for name, c := range map[string]struct {
		lag  time.Duration
		want hub.Reason
	}{
		"it may be behind": {time.Minute, ""},
		"it is never":      {0, hub.ReasonReset},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				memory := hubtest.NewJournal()
				j := &lateBounds{Journal: memory, lag: c.lag}
				h := start(t, j, hub.Options{})
				memory.HoldDelivery()
				// Stored by another node, and not read here yet.
				r, err := j.Append(t.Context(), hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(`{}`)})
				if err != nil {
					t.Fatal(err)
				}
				j.late.Store(3)
				released := make(chan struct{})
				go func() {
					defer close(released)
					time.Sleep(time.Second) // the bubble's time
					memory.Release()
				}()
				defer func() { <-released }()
				got := hub.Reason("")
				if gap := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, After: r.ID}).Gap(); gap != nil {
					got = gap.Reason
				}
				if got != c.want {
					t.Errorf("the gap is %q, want %q", got, c.want)
				}
			})
		})
	}
}
