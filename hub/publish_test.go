package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

func TestMemoryIsBounded(t *testing.T) {
	const limit = 64 << 10
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{Retention: hub.Retention{Bytes: limit}})
	var last hub.ID
	for i := range 2000 {
		last = publish(t, h, hub.Topic{Channel: "c" + strconv.Itoa(i), User: int64(i%50 + 1)}, 1)
	}
	reached(t, h, last)
	s := h.Stats()
	if s.Bytes > limit || s.Bytes < limit/2 {
		t.Errorf("%d bytes kept, want at most %d and not far from it", s.Bytes, limit)
	}
	if s.Topics > 2*s.Events {
		t.Errorf("%d topics for %d events: forgotten topics stay in memory", s.Topics, s.Events)
	}
	j.KeepLast(1)
	// A topic that was forgotten whole must not look as if nothing had been there.
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("c0")}, After: hub.ID{Epoch: last.Epoch, Seq: 0}})
	if gap := c.Gap(); gap == nil || gap.Reason != hub.ReasonTooOld {
		t.Errorf("gap %+v, want too_old", gap)
	}
}

func TestRareEventsStayWhileFrequentOnesPass(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{TopicEvents: 8}})
	first := publish(t, h, hub.UserTopic(7), 1)
	reached(t, h, publish(t, h, hub.ChannelTopic("metrics"), 1000))
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.UserTopic(7)}, After: hub.ID{Epoch: first.Epoch}})
	got, _ := seqs(t, c)
	equal(t, got, 1)
	if s := h.Stats(); s.Events != 9 || s.Bytes > 9*300 {
		t.Errorf("%d events of %d bytes kept, want 9", s.Events, s.Bytes)
	}
}

func TestEncodedOncePerFormat(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	f := text()
	a := hub.ChannelTopic("a")
	var cursors []*hub.Cursor
	for range 100 {
		cursors = append(cursors, subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f}))
	}
	reached(t, h, publish(t, h, a, 10))
	for _, c := range cursors {
		if got, _ := seqs(t, c); len(got) != 10 {
			t.Fatalf("%d events read, want 10", len(got))
		}
	}
	if n := f.Encoded(); n != 10 {
		t.Errorf("%d encodings of 10 events for 100 subscribers", n)
	}
}

func TestEncoderThatPanicsCostsItsEventOnly(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	f := hub.NewFormat("broken", func(e *hub.Event) []byte {
		if e.ID.Seq == 2 {
			panic("cannot show this")
		}
		return fmt.Appendf(nil, "%d", e.ID.Seq)
	})
	a := hub.ChannelTopic("a")
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f})
	reached(t, h, publish(t, h, a, 3))
	got, gap := seqs(t, c)
	equal(t, got, 1, 3)
	if gap != nil {
		t.Errorf("gap %+v", gap)
	}
}

// TestBatchIsSharedWhereReadersStandTogether shows that a batch is made once
// for all readers at one position, and again for one at another.
func TestBatchIsSharedWhereReadersStandTogether(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	a, f := hub.ChannelTopic("a"), text()
	c, d := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f}), subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f})
	if c.Feed() != d.Feed() {
		t.Fatal("the same topics in the same format are two feeds")
	}
	reached(t, h, publish(t, h, a, 3))
	var b hub.Batch
	c.Due(&b)
	reached(t, h, publish(t, h, a, 1)) // after the batch was made
	d.Due(&b)
	if len(b.Frames) != 3 {
		t.Errorf("the second reader got %d frames, want the 3 of the batch that stands", len(b.Frames))
	}
	c.Pass(&b, 1)
	d.Pass(&b, 3)
	c.Due(&b)
	if c.Pass(&b, len(b.Frames)); len(b.Frames) != 3 {
		t.Errorf("a reader behind the first event has %d due, want 3", len(b.Frames))
	}
	d.Due(&b)
	if d.Pass(&b, len(b.Frames)); len(b.Frames) != 1 {
		t.Errorf("a reader behind the third has %d due, want 1", len(b.Frames))
	}
	if n := f.Encoded(); n != 4 {
		t.Errorf("%d encodings of 4 events", n)
	}
}

// TestDeliveryAllocatesNothing: with many readers every one of them would be
// garbage a thousand times a second.
func TestDeliveryAllocatesNothing(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	a, f := hub.ChannelTopic("a"), text()
	var cursors []*hub.Cursor
	for range 100 {
		cursors = append(cursors, subscribe(t, h, hub.Request{Topics: []hub.Topic{a, hub.UserTopic(7)}, Format: f}))
	}
	var b hub.Batch
	deliver := func() int {
		n := 0
		for _, c := range cursors {
			c.Due(&b)
			c.Pass(&b, min(5, len(b.Frames)))
			n += len(b.Frames)
		}
		b.Reset()
		return n
	}
	reached(t, h, publish(t, h, a, 1000))
	seqs(t, subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f, Rewind: 1000})) // encodes
	deliver()                                                                              // grows the batch to its size
	n := 0
	if got := testing.AllocsPerRun(100, func() { n += deliver() }); got != 0 {
		t.Errorf("%v allocations in a round of 100 readers", got)
	}
	if n == 0 {
		t.Error("nothing was delivered")
	}
}

// TestFeedsComeAndGo shows that feeds, listeners and topics leave nothing behind.
func TestFeedsComeAndGo(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	f := text()
	woken := make([]int, 50)
	var cursors []*hub.Cursor
	var listeners []*hub.Listener
	for i := range woken {
		topics := []hub.Topic{hub.ChannelTopic("all"), hub.UserTopic(int64(i + 1))}
		c, err := h.Subscribe(t.Context(), hub.Request{Topics: topics, Format: f})
		if err != nil {
			t.Fatal(err)
		}
		cursors = append(cursors, c)
		listeners = append(listeners, c.Feed().Listen(func() { woken[i]++ }))
	}
	for i := 0; i < len(woken); i += 3 { // out of the middle of every list
		listeners[i].Stop()
		cursors[i].Close()
	}
	if s := h.Stats(); s.Feeds != 33 || s.Channels["all"] != 33 {
		t.Errorf("%d feeds, %d streams of the channel, want 33", s.Feeds, s.Channels["all"])
	}
	reached(t, h, publish(t, h, hub.ChannelTopic("all"), 1))
	reached(t, h, publish(t, h, hub.UserTopic(5), 1))
	for i, n := range woken {
		want := 1
		if i%3 == 0 {
			want = 0
		} else if i == 4 {
			want = 2
		}
		if n != want {
			t.Errorf("listener %d was called %d times, want %d", i, n, want)
		}
		if i%3 != 0 {
			listeners[i].Stop()
			cursors[i].Close()
		}
	}
	if s := h.Stats(); s.Feeds != 0 || s.Streams != 0 || s.Users != 0 || s.Topics != 2 { // the two that keep an event
		t.Errorf("left behind: %+v", s)
	}
}

func TestStatsCountStreams(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	a := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a"), hub.UserTopic(1)}})
	b := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a"), hub.ChannelTopic("b"), hub.UserTopic(1)}})
	s := h.Stats()
	if s.Streams != 2 || s.Users != 1 || s.Channels["a"] != 2 || s.Channels["b"] != 1 {
		t.Fatalf("stats %+v", s)
	}
	a.Close()
	b.Close()
	b.Close()
	s = h.Stats()
	if s.Streams != 0 || s.Users != 0 || len(s.Channels) != 0 || s.Topics != 0 {
		t.Fatalf("stats after closing %+v", s)
	}
}

func TestPublishRefusesWhatIsWrong(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{MaxEventBytes: 100})
	good := json.RawMessage(`{"a":1}`)
	tests := []struct {
		name  string
		draft hub.Draft
		want  error
	}{
		{"no name", hub.Draft{Channel: "a", Data: good}, hub.ErrName},
		{"upper case", hub.Draft{Name: "A", Channel: "a", Data: good}, hub.ErrName},
		{"long name", hub.Draft{Name: strings.Repeat("a", 65), Channel: "a", Data: good}, hub.ErrName},
		{"control name", hub.Draft{Name: "gap", Channel: "a", Data: good}, hub.ErrName},
		{"no target", hub.Draft{Name: "e", Data: good}, hub.ErrTarget},
		{"negative user", hub.Draft{Name: "e", User: -1, Data: good}, hub.ErrTarget},
		{"star", hub.Draft{Name: "e", Channel: "a*", Data: good}, hub.ErrChannel},
		{"greater", hub.Draft{Name: "e", Channel: "a>", Data: good}, hub.ErrChannel},
		{"space at the end", hub.Draft{Name: "e", Channel: "a ", Data: good}, hub.ErrChannel},
		{"line break", hub.Draft{Name: "e", Channel: "a\nb", Data: good}, hub.ErrChannel},
		{"long channel", hub.Draft{Name: "e", Channel: strings.Repeat("a", 129), Data: good}, hub.ErrChannel},
		{"broken UTF-8 channel", hub.Draft{Name: "e", Channel: "a\xff", Data: good}, hub.ErrChannel},
		{"no data", hub.Draft{Name: "e", Channel: "a"}, hub.ErrData},
		{"array", hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(` [{}]`)}, hub.ErrData},
		{"two objects", hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(`{}{}`)}, hub.ErrData},
		{"broken UTF-8", hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage("{\"a\":\"\xff\"}")}, hub.ErrData},
		{"too large", hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(`{"a":"` + strings.Repeat("a", 100) + `"}`)}, hub.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := h.Publish(t.Context(), tt.draft); !errors.Is(err, tt.want) {
				t.Errorf("Publish answered %v, want %v", err, tt.want)
			}
		})
	}
	if b, err := j.Bounds(t.Context()); err != nil || b.Last != 0 {
		t.Errorf("something was stored: %+v, %v", b, err)
	}
}

func TestPublishAgainWithTheSameKeyIsTheSameEvent(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{})
	d := hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(`{"n": 1}`), Key: "k"}
	var ids [2]hub.Receipt
	for i := range ids {
		r, err := h.Publish(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = r
	}
	if ids[0].ID != ids[1].ID || ids[0].Duplicate || !ids[1].Duplicate || h.Stats().Published != 1 {
		t.Errorf("receipts %+v, %d counted", ids, h.Stats().Published)
	}
}

func TestSyncWaitsForWhatWasPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		if err := h.Sync(t.Context()); err != nil {
			t.Errorf("nothing was published: %v", err)
		}
		j.HoldDelivery()
		last := publish(t, h, hub.ChannelTopic("a"), 3)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Sync(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing was delivered: %v", err)
		}
		j.Release()
		if err := h.Sync(t.Context()); err != nil || h.Head() != last {
			t.Errorf("%v, head %v, want %v", err, h.Head(), last)
		}
	})
}

// TestBatchIsNotSharedAcrossWaysToTakeAGap: readers at one position of one feed
// may still be due different events.
func TestBatchIsNotSharedAcrossWaysToTakeAGap(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{TopicEvents: 10}})
	a, f := hub.ChannelTopic("a"), text()
	oldest := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f})
	head := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f, SkipToHead: true})
	few := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: f, MaxReplay: 3})
	reached(t, h, publish(t, h, a, 30))
	var b hub.Batch
	for _, one := range []struct {
		c    *hub.Cursor
		want int
	}{{oldest, 10}, {head, 0}, {few, 3}} {
		if one.c.Due(&b); len(b.Frames) != one.want || b.Gap == nil {
			t.Errorf("%d frames due and gap %v, want %d and one", len(b.Frames), b.Gap, one.want)
		}
	}
}
