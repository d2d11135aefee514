package hub_test

import (
	"errors"
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

// TestFeedsOfSeveralTopicsGo: a feed that moves in the list of one topic stays where it is
// in those of its others, so that the next feed to go is the right one.
func TestFeedsOfSeveralTopicsGo(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	f := text()
	a, b := hub.ChannelTopic("a"), hub.ChannelTopic("b")
	open := func(woken *int, topics ...hub.Topic) func() {
		c, err := h.Subscribe(t.Context(), hub.Request{Topics: topics, Format: f})
		if err != nil {
			t.Fatal(err)
		}
		l := c.Feed().Listen(func() { *woken++ })
		return func() {
			l.Stop()
			c.Close()
		}
	}
	var first, both, last int
	closeFirst := open(&first, a)
	closeLast := open(&last, b)
	closeBoth := open(&both, a, b)
	closeFirst() // the other one takes its place, in the list of a
	closeBoth()
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, both, last = 0, 0, 0
	reached(t, h, publish(t, h, b, 1))
	if first != 0 || both != 0 || last == 0 {
		t.Errorf("woken are %d, %d and %d times, want the last one only", first, both, last)
	}
	closeLast()
	if n := h.Stats().Feeds; n != 0 {
		t.Errorf("%d feeds are left", n)
	}
}

// TestBatchLetsEventsGo: a batch that is kept for later holds no event that memory has dropped.
func TestBatchLetsEventsGo(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}})
	reached(t, h, publish(t, h, hub.ChannelTopic("a"), 3))
	var b hub.Batch
	c.Due(&b)
	if len(b.Frames) != 3 {
		t.Fatalf("%d frames are due", len(b.Frames))
	}
	for _, e := range b.Events[:cap(b.Events)] {
		if e != nil {
			t.Errorf("it holds the event %v", e.ID)
		}
	}
}

// TestEventsInOrderAskNothing: the journal is asked for its bounds when sequences jump, not
// for each event.
func TestEventsInOrderAskNothing(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{})
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}})
	j.FailReads(errors.New("away"))
	publish(t, h, hub.ChannelTopic("a"), 2)
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, gap := seqs(t, c)
	if equal(t, got, 1, 2); gap != nil {
		t.Errorf("a gap: %+v", gap)
	}
}
