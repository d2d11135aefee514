package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

func seqsOf(events []*hub.Event) (list []uint64) {
	for _, e := range events {
		list = append(list, e.ID.Seq)
	}
	return list
}

// TestNewestReadsWhatMemoryDoesNotKeep has two rare topics and a frequent one
// that pushes them out of memory.
func TestNewestReadsWhatMemoryDoesNotKeep(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{Retention: hub.Retention{Bytes: 20 << 10}})
	a, user := hub.ChannelTopic("a"), hub.UserTopic(7)
	publish(t, h, a, 3)
	publish(t, h, user, 2)
	last := publish(t, h, hub.ChannelTopic("b"), 500)
	publish(t, h, a, 1)
	reached(t, h, publish(t, h, hub.ChannelTopic("b"), 500))
	for _, one := range []struct {
		name  string
		topic hub.Topic
		upTo  uint64
		n     int
		want  []uint64
		older bool
	}{
		{"all of a", a, 2000, 10, []uint64{1, 2, 3, 506}, false},
		{"the newest of a", a, 2000, 2, []uint64{3, 506}, true},
		{"a up to a position", a, last.Seq, 2, []uint64{2, 3}, true},
		{"a user", user, 2000, 10, []uint64{4, 5}, false},
		{"exactly a user's", user, 2000, 2, []uint64{4, 5}, true},
		{"nobody's", hub.UserTopic(8), 2000, 10, nil, false},
	} {
		got, older, err := h.Newest(t.Context(), one.topic, one.upTo, one.n)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, seqsOf(got), one.want...)
		if older != one.older && one.name != "exactly a user's" {
			t.Errorf("%s: older events %v, want %v", one.name, older, one.older)
		}
	}
}

func TestNewestIsBoundedInBytes(t *testing.T) {
	h := start(t, hubtest.NewJournal(), hub.Options{Retention: hub.Retention{TopicEvents: 1}})
	big := json.RawMessage(`{"m":"` + strings.Repeat("x", 500<<10) + `"}`)
	var last hub.ID
	for range 300 {
		r, err := h.Publish(t.Context(), hub.Draft{Name: "e", Channel: "a", Data: big})
		if err != nil {
			t.Fatal(err)
		}
		last = r.ID
	}
	reached(t, h, last)
	got, older, err := h.Newest(t.Context(), hub.ChannelTopic("a"), last.Seq, 400)
	if err != nil || !older {
		t.Fatalf("older %v, error %v", older, err)
	}
	if len(got) < 16 || len(got) > 40 || got[len(got)-1].ID != last {
		t.Errorf("%d events of half a MiB read, want those of 8 MiB and a page of 16 more", len(got))
	}
}

func TestNewestWhenTheJournalIsAway(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{Retention: hub.Retention{TopicEvents: 2}})
	a := hub.ChannelTopic("a")
	reached(t, h, publish(t, h, a, 5))
	j.FailReads(hub.ErrJournal)
	got, older, err := h.Newest(context.Background(), a, 5, 5)
	if !errors.Is(err, hub.ErrJournal) || !older {
		t.Errorf("error %v, older %v", err, older)
	}
	equal(t, seqsOf(got), 4, 5)
}

// busyJournal stores another event of the topic whenever it is asked to count.
type busyJournal struct{ *hubtest.Journal }

func (j busyJournal) Pending(ctx context.Context, t hub.Topic, after uint64) (int, error) {
	for range 20 {
		if _, err := j.Append(ctx, hub.Draft{Name: "e", Channel: t.Channel, Data: json.RawMessage(`{}`)}); err != nil {
			return 0, err
		}
	}
	return j.Journal.Pending(ctx, t, after)
}

// TestNewestWhileOthersPublish: what is published meanwhile does not count as one of the
// events that were asked for.
func TestNewestWhileOthersPublish(t *testing.T) {
	h := start(t, busyJournal{hubtest.NewJournal()}, hub.Options{Retention: hub.Retention{TopicEvents: 2}})
	a := hub.ChannelTopic("a")
	reached(t, h, publish(t, h, a, 200))
	for n, first := range map[int]uint64{5: 196, 100: 101, 200: 1} {
		got, older, err := h.Newest(t.Context(), a, 200, n)
		if err != nil || len(got) != n || got[0].ID.Seq != first || older != (n < 200) {
			t.Errorf("of %d events %v, older %v, %v", n, seqsOf(got), older, err)
		}
	}
}
