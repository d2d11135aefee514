package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

// replay reads all that is due, back in the journal first.
func replay(t *testing.T, c *hub.Cursor) (seqsOf []uint64, gaps []hub.Gap) {
	t.Helper()
	var b hub.Batch
	for c.Backlog() {
		if err := c.ReadBack(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if b.Gap != nil {
			gaps = append(gaps, *b.Gap)
		}
		for _, f := range b.Frames {
			seqsOf = append(seqsOf, seqOf(t, f))
		}
		c.Pass(&b, len(b.Frames))
	}
	got, gap := seqs(t, c)
	if gap != nil {
		gaps = append(gaps, *gap)
	}
	return append(seqsOf, got...), gaps
}

// TestReplayBeyondMemory: what memory does not keep comes from the journal, in
// order over all topics and each event once, and goes on in the logs.
func TestReplayBeyondMemory(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{TopicEvents: 5}})
	a, b, u := hub.ChannelTopic("a"), hub.ChannelTopic("b"), hub.UserTopic(7)
	var want []uint64
	var last hub.ID
	for i := range 1000 {
		topic := []hub.Topic{a, b, u, {Channel: "a", User: 7}, hub.ChannelTopic("other")}[i%5]
		if i >= 600 && topic.User == 0 {
			topic = a // the user and b end long before
		}
		last = publish(t, h, topic, 1)
		if topic != hub.ChannelTopic("other") && last.Seq > 100 {
			want = append(want, last.Seq)
		}
	}
	reached(t, h, last)
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a, b, u, a}, After: hub.ID{Epoch: last.Epoch, Seq: 100}})
	if gap := c.Gap(); gap != nil {
		t.Fatalf("a gap %+v although the journal has everything", gap)
	}
	more := publish(t, h, b, 10) // while it reads back
	for seq := last.Seq + 1; seq <= more.Seq; seq++ {
		want = append(want, seq)
	}
	reached(t, h, more)
	got, gaps := replay(t, c)
	equal(t, got, want...)
	if len(gaps) > 0 || c.Position() != more {
		t.Errorf("gaps %v, position %v", gaps, c.Position())
	}
}

// TestReplayLeavesTheJournalInTime: a reader that goes on in the logs has some of
// them left, so that what is published just then does not push it off.
func TestReplayLeavesTheJournalInTime(t *testing.T) {
	const kept, page = 104, 128
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{TopicEvents: kept}})
	a := hub.ChannelTopic("a")
	first := publish(t, h, a, 1)
	last := publish(t, h, a, 5*page+kept)
	reached(t, h, last)
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, After: first})
	var b hub.Batch
	for c.Backlog() {
		if err := c.ReadBack(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		c.Pass(&b, len(b.Frames))
	}
	reached(t, h, publish(t, h, a, kept/2))
	if _, gap := seqs(t, c); gap != nil {
		t.Errorf("gap %+v", *gap)
	}
}

// TestReplayThatRetentionOvertakes: what is dropped while a reader reads back is
// told.
func TestReplayThatRetentionOvertakes(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{Retention: hub.Retention{TopicEvents: 5}})
	a := hub.ChannelTopic("a")
	last := publish(t, h, a, 1000)
	reached(t, h, last)
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, After: hub.ID{Epoch: last.Epoch, Seq: 0}})
	var b hub.Batch
	if err := c.ReadBack(t.Context(), &b); err != nil || len(b.Frames) == 0 {
		t.Fatalf("%d frames, %v", len(b.Frames), err)
	}
	c.Pass(&b, len(b.Frames))
	at := c.Position()
	j.KeepLast(300) // 701 is the oldest
	got, gaps := replay(t, c)
	if len(gaps) != 1 || gaps[0].From != at || gaps[0].To.Seq != 700 || gaps[0].Reason != hub.ReasonTooOld {
		t.Fatalf("gaps %+v, want one from %v to 700", gaps, at)
	}
	var want []uint64
	for seq := uint64(701); seq <= 1000; seq++ {
		want = append(want, seq)
	}
	equal(t, got, want...)
}

func TestReplayIsBounded(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{TopicEvents: 5}})
	a := hub.ChannelTopic("a")
	last := publish(t, h, a, 100)
	reached(t, h, last)
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, After: hub.ID{Epoch: last.Epoch, Seq: 10}, MaxReplay: 89})
	if gap := c.Gap(); gap == nil || gap.Reason != hub.ReasonTooMuch || c.Backlog() {
		t.Errorf("gap %+v, want too_much: 90 events are missed, 89 are allowed", gap)
	}
	c = subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, After: hub.ID{Epoch: last.Epoch, Seq: 10}, MaxReplay: 90})
	if got, gaps := replay(t, c); len(got) != 90 || len(gaps) > 0 {
		t.Errorf("%d events and the gaps %v, want 90 and none", len(got), gaps)
	}
}

// TestReplayWhenTheJournalIsAway: the reader gets the error, and loses nothing.
func TestReplayWhenTheJournalIsAway(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{Retention: hub.Retention{TopicEvents: 5}})
	a := hub.ChannelTopic("a")
	last := publish(t, h, a, 100)
	reached(t, h, last)
	request := hub.Request{Topics: []hub.Topic{a}, After: hub.ID{Epoch: last.Epoch, Seq: 10}}
	c := subscribe(t, h, request)
	away := errors.New("away")
	j.FailReads(away)
	var b hub.Batch
	if err := c.ReadBack(t.Context(), &b); !errors.Is(err, hub.ErrJournal) || !c.Backlog() {
		t.Errorf("ReadBack answers %v", err)
	}
	if _, err := h.Subscribe(t.Context(), request); !errors.Is(err, hub.ErrJournal) {
		t.Errorf("Subscribe answers %v", err)
	}
	j.FailReads(nil)
	if got, gaps := replay(t, c); len(got) != 90 || len(gaps) > 0 {
		t.Errorf("%d events and the gaps %v, want 90 and none", len(got), gaps)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c = subscribe(t, h, request)
	if err := c.ReadBack(ctx, &b); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

// TestEphemeralPastTheirAgeMakeAGap: a subscriber that missed ephemeral events which are gone gets one,
// a subscriber of other topics misses nothing and gets none, although
// their events lie between. It holds after a restart, too.
func TestEphemeralPastTheirAgeMakeAGap(t *testing.T) {
	j := hubtest.NewJournal()
	first := start(t, j, hub.Options{})
	rare, prices, mixed := hub.ChannelTopic("rare"), hub.ChannelTopic("prices"), hub.ChannelTopic("mixed")
	put := func(topic hub.Topic, sample bool) hub.ID {
		t.Helper()
		r, err := first.Publish(t.Context(), hub.Draft{Name: "e", Channel: topic.Channel, Data: json.RawMessage(`{"n":0}`), Ephemeral: sample})
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	for range 10 {
		put(prices, true)
		put(rare, false)
		put(mixed, true)
		put(mixed, false)
	}
	j.DropEphemeral()
	last := put(prices, true) // 41
	h := start(t, j, hub.Options{})
	at := func(seq uint64) hub.ID { return hub.ID{Epoch: last.Epoch, Seq: seq} }

	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{rare}, After: at(18)})
	got, gaps := replay(t, c)
	equal(t, got, 22, 26, 30, 34, 38)
	if c.Gap() != nil || len(gaps) > 0 {
		t.Errorf("the reader of rare events gets %v, %v", c.Gap(), gaps)
	}
	for _, topic := range []hub.Topic{prices, mixed} {
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{topic}, After: at(18)})
		if gap := c.Gap(); gap == nil || gap.Reason != hub.ReasonTooOld || gap.From != at(18) || gap.To != at(40) {
			t.Errorf("the reader of %s gets %+v, want a gap to 40", topic.Channel, gap)
		}
	}
	if c := subscribe(t, h, hub.Request{Topics: []hub.Topic{prices}, After: at(40)}); c.Gap() != nil {
		t.Errorf("a reader that missed nothing gets %+v", c.Gap())
	}
	if c := subscribe(t, first, hub.Request{Topics: []hub.Topic{prices}, After: at(18)}); c.Gap() != nil {
		t.Errorf("a hub that has the ephemeral events in memory tells %+v", c.Gap())
	}
}
