package hubtest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"latido/hub"
)

func testEmpty(t *testing.T, j hub.Journal) {
	b := Bounds(t, j)
	if !hub.ValidEpoch(b.Epoch) {
		t.Errorf("epoch %q is not valid", b.Epoch)
	}
	if b.First != 1 || b.Last != 0 {
		t.Errorf("first %d, last %d, want 1 and 0", b.First, b.Last)
	}
	if err := j.Healthy(t.Context()); err != nil {
		t.Errorf("a new journal is not healthy: %v", err)
	}
	if err := j.Healthy(t.Context()); err != nil {
		t.Errorf("healthy: %v", err)
	}
	events, err := j.History(t.Context(), hub.ChannelTopic("general"), 0, 10)
	if err != nil || len(events) != 0 {
		t.Errorf("history returns %d events and %v, want none", len(events), err)
	}
	f := follow(t, j, 1)
	ids := storeN(t, j, "general", 1)
	wantIDs(t, f.take(t, 1), ids)
}

func testIDs(t *testing.T, j hub.Journal) {
	epoch := Bounds(t, j).Epoch
	for i, id := range storeN(t, j, "general", 20) {
		want := hub.ID{Epoch: epoch, Seq: uint64(i + 1)}
		if id != want {
			t.Errorf("event %d got the id %s, want %s", i, id, want)
		}
		if parsed, ok := hub.ParseID(id.String()); !ok || parsed != id {
			t.Errorf("%q does not parse back", id)
		}
	}
	if now := Bounds(t, j).Epoch; now != epoch {
		t.Errorf("the epoch went from %s to %s", epoch, now)
	}
}

func testBounds(t *testing.T, j hub.Journal) {
	empty := Bounds(t, j)
	storeN(t, j, "general", 5)
	five := Bounds(t, j)
	if five.First != 1 || five.Last != 5 {
		t.Errorf("first %d, last %d, want 1 and 5", five.First, five.Last)
	}
	if five.Bytes <= empty.Bytes {
		t.Errorf("%d bytes with five events, %d without", five.Bytes, empty.Bytes)
	}
}

func testFidelity(t *testing.T, j hub.Journal) {
	data := json.RawMessage(`{"a":1}`)
	drafts := []hub.Draft{
		{Name: "broadcast", Channel: "general", Data: data},
		{Name: "notification", User: 7, Data: data},
		{Name: "task_update", Channel: "tasks", User: 9223372036854775807, Data: data},
		{Name: strings.Repeat("n", hub.MaxNameLen), Channel: "_", Data: data, Key: "k"},
		{Name: "_", Channel: "0", User: 1, Data: data},
	}
	before := time.Now().Add(-time.Second)
	ids := store(t, j, drafts...)
	after := time.Now().Add(time.Second)
	for i, e := range follow(t, j, 1).take(t, len(drafts)) {
		wantEvent(t, e, ids[i], drafts[i])
		if e.Time.Before(before) || e.Time.After(after) {
			t.Errorf("event %d was stored at %s, want between %s and %s", i, e.Time, before, after)
		}
	}
}

func testHostileData(t *testing.T, j hub.Journal) {
	texts := []string{
		`{}`,
		`{"b":1,"a":2,"b":3}`,
		`{"n":1e400,"z":-0,"f":1.10,"i":12345678901234567890}`,
		`{"s":"\r\n\u0000\u2028\"\\\/"}`,
		"{\"s\":\"\u2028\u2029\u0085\ufeff\u200f\U0001f980\x7f\"}",
		`{"s":"<script>alert(1)</script>&amp;<!--"}`,
		`{"s":"data: x\nid: 1\n\nevent: gap"}`,
		`{"s":"NATS/1.0 503\r\nNats-Rollup: all\r\n\r\n"}`,
		`{"s":"` + strings.Repeat("x", 100_000) + `"}`,
	}
	drafts := make([]hub.Draft, len(texts))
	for i, text := range texts {
		drafts[i] = hub.Draft{Name: "broadcast", Channel: "general", Data: json.RawMessage(text)}
	}
	ids := store(t, j, drafts...)
	history, err := j.History(t.Context(), hub.ChannelTopic("general"), 0, len(texts))
	if err != nil {
		t.Fatalf("history: %v", err)
	}
	wantIDs(t, history, ids)
	for i, e := range follow(t, j, 1).take(t, len(texts)) {
		wantEvent(t, e, ids[i], drafts[i])
		wantEvent(t, history[i], ids[i], drafts[i])
	}
}

func testDuplicate(t *testing.T, j hub.Journal) {
	for _, key := range []string{"k", "line\r\nbreak: x", "ñ", strings.Repeat("long", 5000)} {
		d := draft("general", 1)
		d.Key = key
		first := store(t, j, d)[0]
		d.Data, d.Name = json.RawMessage(`{"other":"body"}`), "other_name"
		again, err := j.Append(t.Context(), d)
		if err != nil {
			t.Fatalf("second append of key %.20q: %v", key, err)
		}
		if !again.Duplicate || again.ID != first {
			t.Errorf("key %.20q again: %+v, want a duplicate of %s", key, again, first)
		}
	}
	keyless := draft("general", 2)
	ids := store(t, j, keyless, keyless)
	if last := Bounds(t, j).Last; last != 6 || ids[1].Seq != 6 {
		t.Errorf("the last event is %d, want 6: one for each key, and two without", last)
	}
	follow(t, j, 1).take(t, 6)
}

func testKeyScope(t *testing.T, j hub.Journal) {
	to := func(channel string, user int64, key string) hub.Draft {
		d := draft(channel, 1)
		d.User, d.Key = user, key
		return d
	}
	drafts := []hub.Draft{
		to("a", 0, "k"), to("b", 0, "k"), to("", 1, "k"), to("a", 1, "k"), to("a", 2, "k"),
		// Triples that run together when they are joined without care.
		to("ab", 0, "c"), to("a", 0, "bc"), to("a", 12, "3"), to("a", 1, "23"), to("a.1", 0, "k"), to("a1", 0, "k"),
	}
	store(t, j, drafts...)
	if last := Bounds(t, j).Last; last != uint64(len(drafts)) {
		t.Errorf("%d events are stored, want %d", last, len(drafts))
	}
}

func testConcurrentDuplicate(t *testing.T, j hub.Journal) {
	d := draft("general", 1)
	d.Key = "the same"
	receipts := make([]hub.Receipt, 16)
	var wg sync.WaitGroup
	for i := range receipts {
		wg.Go(func() {
			var err error
			if receipts[i], err = j.Append(t.Context(), d); err != nil {
				t.Errorf("append: %v", err)
			}
		})
	}
	wg.Wait()
	firsts := 0
	for _, r := range receipts {
		if !r.Duplicate {
			firsts++
		}
		if r.ID != receipts[0].ID {
			t.Errorf("ids %s and %s for one key", r.ID, receipts[0].ID)
		}
	}
	if last := Bounds(t, j).Last; firsts != 1 || last != 1 {
		t.Errorf("%d receipts say they are the first, %d events are stored, want one", firsts, last)
	}
}

func testAppendCancelled(t *testing.T, j hub.Journal) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := j.Append(ctx, draft("general", 1))
	wantError(t, "append", err, context.Canceled)
	ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err = j.Append(ctx, draft("general", 1))
	wantError(t, "append", err, context.DeadlineExceeded)
	if last := Bounds(t, j).Last; last != 0 {
		t.Errorf("%d events are stored, want none", last)
	}
	storeN(t, j, "general", 1)
}

func testReadsCancelled(t *testing.T, j hub.Journal) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := j.Bounds(ctx)
	wantError(t, "bounds", err, context.Canceled)
	wantError(t, "health", j.Healthy(ctx), context.Canceled)
	_, err = j.History(ctx, hub.ChannelTopic("general"), 0, 1)
	wantError(t, "history", err, context.Canceled)
	wantError(t, "healthy", j.Healthy(ctx), context.Canceled)
	err = j.Follow(ctx, 1, func(*hub.Event) error { return nil })
	wantError(t, "follow", err, context.Canceled)
}
