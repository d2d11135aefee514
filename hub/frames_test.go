package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// TestFramesKeepTheirBudget publishes much more than may be kept encoded, for
// two formats, and reads everything in both.
func TestFramesKeepTheirBudget(t *testing.T) {
	const budget = 1 << 20
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{FrameBytes: budget}})
	a := hub.ChannelTopic("a")
	var cursors []*hub.Cursor
	for range 2 {
		cursors = append(cursors, subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: text()}))
	}
	big := json.RawMessage(`{"m":"` + strings.Repeat("x", 100<<10) + `"}`)
	var most int64
	for i := range 50 {
		r, err := h.Publish(context.Background(), hub.Draft{Name: "e", Channel: "a", Data: big})
		if err != nil {
			t.Fatal(err)
		}
		reached(t, h, r.ID)
		for _, c := range cursors {
			if got, gap := seqs(t, c); len(got) != 1 || gap != nil || got[0] != uint64(i+1) {
				t.Fatalf("read %v and gap %v, want event %d", got, gap, i+1)
			}
		}
		most = max(most, h.Stats().Frames)
	}
	if most > budget || most < budget/2 {
		t.Errorf("at most %d bytes of frames kept, want at most %d and not far from it", most, budget)
	}
}

// TestFormatThatNobodyReadsIsForgotten holds that formats may come and go
// without end: their frames go with their last reader, their counts stay.
func TestFormatThatNobodyReadsIsForgotten(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	a := hub.ChannelTopic("a")
	reached(t, h, publish(t, h, a, 10))
	for range 100 {
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: text(), Rewind: 10})
		if got, _ := seqs(t, c); len(got) != 10 {
			t.Fatalf("%d events read, want 10", len(got))
		}
		c.Close()
	}
	s := h.Stats()
	if s.Frames != 0 {
		t.Errorf("%d bytes of frames kept for formats that nobody reads", s.Frames)
	}
	if s.Encoded["text"] != 1000 || len(s.Encoded) != 1 {
		t.Errorf("encoded %v, want 1000 of text", s.Encoded)
	}
}

// TestFrameOfAnEarlierOrderIsNotShown lets the journal come back as another
// one, whose events have the sequences of before.
func TestFrameOfAnEarlierOrderIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		a, f := hub.ChannelTopic("a"), hub.NewFormat("id", func(e *hub.Event) []byte { return []byte(e.ID.String()) })
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f})
		publish(t, h, a, 1)
		synctest.Wait()
		var b hub.Batch
		c.Due(&b)
		c.PassAll(&b)
		j.Reset()
		time.Sleep(5 * time.Second)
		after := publish(t, h, a, 1)
		synctest.Wait()
		b.Reset()
		c.Due(&b)
		if len(b.Frames) != 1 || string(b.Frames[0]) != after.String() {
			t.Errorf("frames %q, want that of %v alone", b.Frames, after)
		}
	})
}

// TestFragments walks a log of fragments: order, sharing, what its bounds drop,
// and the two ways in which a position is none.
func TestFragments(t *testing.T) {
	f := hub.NewFragments("run1", hub.Retention{TopicEvents: 4}, nil)
	format := hub.NewFormat("html", func(e *hub.Event) []byte { return fmt.Appendf(nil, "%d %s", e.ID.Seq, e.Data) })
	request := hub.Request{Topics: []hub.Topic{f.Topic("a"), f.Topic("b")}, Format: format, SkipToHead: true}
	c, err := f.Subscribe(request)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	wakes := 0
	l := c.Feed().Listen(func() { wakes++ })
	defer l.Stop()
	at := f.Append(hub.Fragment{Audience: "a", Data: []byte("x")}, hub.Fragment{Audience: "other", Data: []byte("y")}, hub.Fragment{Audience: "b", Data: []byte("z")})
	if got, gap := seqs(t, c); gap != nil || at != (hub.ID{Epoch: "run1", Seq: 3}) || wakes == 0 {
		t.Errorf("gap %v, at %v, %d wakes", gap, at, wakes)
	} else {
		equal(t, got, 1, 3)
	}
	if !f.Watched("a") || f.Watched("other") {
		t.Error("a is watched, other is not")
	}
	for range 6 {
		f.Append(hub.Fragment{Audience: "a", Data: []byte("more")})
	}
	if got, gap := seqs(t, c); gap == nil || gap.Reason != hub.ReasonSlow || gap.To.Seq != 9 || len(got) != 0 {
		t.Errorf("a reader that fell off got %v and %+v", got, gap)
	}
	for _, after := range []hub.ID{{Epoch: "run0", Seq: 2}, {Epoch: "run1", Seq: 10}, {Epoch: "run1", Seq: 1}} {
		request.After = after
		d, err := f.Subscribe(request)
		if err != nil {
			t.Fatal(err)
		}
		if gap := d.Gap(); gap == nil || gap.To.Seq != 9 {
			t.Errorf("after %v: gap %+v, want one to the head", after, gap)
		}
		d.Close()
	}
}
