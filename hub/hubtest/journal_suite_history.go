package hubtest

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"latido/hub"
)

// oddNames are channels that a wire of subjects, paths or headers may trip on,
// and neighbours they must not be taken for.
func oddNames() []string {
	return []string{
		"a", "A", "a.b", "a.c", "a/b", "a b", "ab", "ñ", "n\u0303", "日本", "🦀",
		"_", "-", "0", "1", "..", ".", "/", "$JS", "$JS.API", "latido.ev", "_INBOX.x",
		`"`, `\`, "{}", "#", "?", "%2e", "%", "=", "+", "YQ", "YQ==", "null", "x.y.z",
		strings.Repeat("x", hub.MaxChannelLen), strings.Repeat("x", hub.MaxChannelLen-1),
		strings.Repeat("ñ", hub.MaxChannelLen/2),
	}
}

func testHistoryNames(t *testing.T, j hub.Journal) {
	want := map[string][]hub.ID{}
	for round := range 2 {
		for i, name := range oddNames() {
			if err := hub.CheckChannel(name); err != nil {
				t.Fatalf("the suite's own channel: %v", err)
			}
			want[name] = append(want[name], store(t, j, draft(name, round*1000+i))...)
		}
	}
	for _, name := range oddNames() {
		events, err := j.History(t.Context(), hub.ChannelTopic(name), 0, 100)
		if err != nil {
			t.Fatalf("history of %q: %v", name, err)
		}
		wantIDs(t, events, want[name])
		for _, e := range events {
			if e.Channel != name {
				t.Errorf("history of %q has an event of %q", name, e.Channel)
			}
		}
	}
}

// testHistoryOfUsers: what goes to a user is the user's, whatever channel it
// goes to as well, and is counted without being read.
func testHistoryOfUsers(t *testing.T, j hub.Journal) {
	want := map[hub.Topic][]hub.ID{}
	for i := range 30 {
		d := draft("general", i)
		d.User = int64(i % 3) // 0 is no user
		if i%5 == 0 {
			d.Channel, d.User = "", 12 // whose number begins with another one's
		}
		id := store(t, j, d)[0]
		for _, topic := range []hub.Topic{hub.ChannelTopic(d.Channel), hub.UserTopic(d.User)} {
			want[topic] = append(want[topic], id)
		}
	}
	delete(want, hub.Topic{})
	for topic, ids := range want {
		events, err := j.History(t.Context(), topic, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, events, ids)
		for i, id := range ids {
			if n, err := j.Pending(t.Context(), topic, id.Seq); err != nil || n != len(ids)-i-1 {
				t.Errorf("%v: %d events are behind %v, %v; want %d", topic, n, id, err, len(ids)-i-1)
			}
		}
		if n, err := j.Pending(t.Context(), topic, 0); err != nil || n != len(ids) {
			t.Errorf("%v: %d events, %v; want %d", topic, n, err, len(ids))
		}
	}
	for _, empty := range []hub.Topic{{}, hub.UserTopic(99), hub.ChannelTopic("nothing")} {
		events, err := j.History(t.Context(), empty, 0, 100)
		if n, pendingErr := j.Pending(t.Context(), empty, 0); err != nil || pendingErr != nil || len(events) != 0 || n != 0 {
			t.Errorf("%v has %d events, %d pending, %v, %v", empty, len(events), n, err, pendingErr)
		}
	}
}

// testBack: how far back one must read for the newest events, however many
// ephemeral events lie between.
func testBack(t *testing.T, j hub.Journal) {
	back := func(n int) uint64 {
		t.Helper()
		seq, err := j.Back(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	if seq := back(10); seq != 1 {
		t.Errorf("an empty journal is read from %d, want 1", seq)
	}
	var ids []hub.ID
	for i := range 60 {
		d := draft("general", i)
		if d.Ephemeral = i%6 != 0; d.Ephemeral {
			d.Channel = "samples"
		}
		if id := store(t, j, d)[0]; !d.Ephemeral {
			ids = append(ids, id)
		}
	}
	for n := 1; n <= len(ids); n++ {
		if seq, want := back(n), ids[len(ids)-n].Seq; seq != want {
			t.Errorf("for %d events one reads from %d, want %d", n, seq, want)
		}
	}
	if seq := back(len(ids) + 1); seq != 1 {
		t.Errorf("for more than there are one reads from %d, want 1", seq)
	}
}

func testHistoryPaging(t *testing.T, j hub.Journal) {
	var ids []hub.ID
	for i := range 700 {
		ids = append(ids, store(t, j, draft("general", i), draft("other", i))[0])
	}
	for _, c := range []struct {
		after uint64
		limit int
		want  []hub.ID
	}{
		{0, 1, ids[:1]},
		{0, 10, ids[:10]},
		{0, 700, ids},
		{0, 100_000, ids},
		{1, 3, ids[1:4]},
		{2, 3, ids[1:4]}, // 2 is the other channel's
		{ids[299].Seq, 600, ids[300:]},
		{ids[698].Seq, 5, ids[699:]},
		{ids[699].Seq, 5, nil},
		{1_000_000, 5, nil},
		{math.MaxUint64, 5, nil},
		{0, 0, nil},
		{0, -1, nil},
	} {
		events, err := j.History(t.Context(), hub.ChannelTopic("general"), c.after, c.limit)
		if err != nil {
			t.Fatalf("history after %d, limit %d: %v", c.after, c.limit, err)
		}
		wantIDs(t, events, c.want)
	}
}

func testHistoryNothing(t *testing.T, j hub.Journal) {
	both := draft("general", 1)
	both.User = 7
	private := draft("", 2)
	private.User = 7
	ids := store(t, j, private, both, private)
	events, err := j.History(t.Context(), hub.ChannelTopic("general"), 0, 10)
	if err != nil {
		t.Fatalf("history: %v", err)
	}
	wantIDs(t, events, ids[1:2])
	wantEvent(t, events[0], ids[1], both)
	// No name, and no pattern, reaches what was sent to a user.
	for _, name := range []string{"", "_", "*", ">", "gener", "7", "general.7", "nobody"} {
		events, err := j.History(t.Context(), hub.ChannelTopic(name), 0, 10)
		if err != nil || len(events) != 0 {
			t.Errorf("history of %q returns %d events and %v, want none", name, len(events), err)
		}
	}
}

func testHistoryLarge(t *testing.T, j hub.Journal) {
	drafts := make([]hub.Draft, 12)
	for i := range drafts {
		drafts[i] = draft("general", i)
		drafts[i].Data = json.RawMessage(`{"s":"` + strings.Repeat(string(rune('a'+i)), 500_000) + `"}`)
	}
	ids := store(t, j, drafts...)
	events, err := j.History(t.Context(), hub.ChannelTopic("general"), 0, 100)
	if err != nil {
		t.Fatalf("history: %v", err)
	}
	wantIDs(t, events, ids)
	for i, e := range events {
		wantEvent(t, e, ids[i], drafts[i])
	}
}

func testHistoryConcurrent(t *testing.T, j hub.Journal) {
	const n = 300
	done := make(chan []hub.ID, 1)
	go func() { done <- appendAll(t, j, 0, n) }()
	// Reading page after page returns every event once, in order.
	var seen []hub.ID
	for len(seen) < n && !t.Failed() {
		after := uint64(0)
		if len(seen) > 0 {
			after = seen[len(seen)-1].Seq
		}
		events, err := j.History(t.Context(), hub.ChannelTopic("writer 0"), after, 7)
		if err != nil {
			t.Errorf("history: %v", err)
		}
		for _, e := range events {
			seen = append(seen, e.ID)
		}
	}
	for i, id := range <-done {
		if i < len(seen) && seen[i] != id {
			t.Fatalf("event %d is %s in history, %s in the receipts", i, seen[i], id)
		}
	}
}
