package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

func TestWarmStartReadsTheNewestBack(t *testing.T) {
	j := hubtest.NewJournal()
	before := start(t, j, hub.Options{})
	last := publish(t, before, hub.ChannelTopic("a"), 30)
	h := start(t, j, hub.Options{Warm: 10})
	if head := h.Head(); head != last {
		t.Fatalf("head %v after the start, want %v", head, last)
	}
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, After: hub.ID{Epoch: last.Epoch, Seq: 25}})
	got, _ := seqs(t, c)
	equal(t, got, 26, 27, 28, 29, 30)
	j.KeepLast(10) // what was not read back is in the journal no more either
	old := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("new")}, After: hub.ID{Epoch: last.Epoch, Seq: 5}})
	if gap := old.Gap(); gap == nil || gap.To.Seq != 20 {
		t.Fatalf("gap %+v, want one to 20: nobody here knows what the channel had before", gap)
	}
}

// TestRareEventsAreThereAfterARestart: frequent ephemeral events do not push rare events
// out of what is read back, and do not make the start longer without end.
func TestRareEventsAreThereAfterARestart(t *testing.T) {
	j := hubtest.NewJournal()
	before := start(t, j, hub.Options{})
	publish(t, before, hub.UserTopic(7), 1)
	put := func(samples int) {
		for range samples {
			if _, err := before.Publish(t.Context(), hub.Draft{Name: "e", Channel: "prices", Data: json.RawMessage(`{}`), Ephemeral: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(25)
	last := publish(t, before, hub.UserTopic(7), 1)
	h := start(t, j, hub.Options{Warm: 10})
	got, _ := seqs(t, subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.UserTopic(7)}, Rewind: 10}))
	equal(t, got, 1, last.Seq)
	put(100)
	h = start(t, j, hub.Options{Warm: 10})
	if s := h.Stats(); s.Events != 30 {
		t.Errorf("%d events were read back, want three times 10", s.Events)
	}
}

func TestJournalThatFailsAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		a := hub.ChannelTopic("a")
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}})
		broken := errors.New("broken disk")
		j.FailFollow(broken)
		j.FailAppend(broken)
		synctest.Wait()
		if err := h.Healthy(t.Context()); err == nil {
			t.Error("healthy although the reader failed")
		}
		_, err := h.Publish(t.Context(), hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(`{}`)})
		if !errors.Is(err, hub.ErrJournal) {
			t.Errorf("Publish answered %v, want ErrJournal", err)
		}
		j.FailFollow(nil)
		j.FailAppend(nil)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if err := h.Healthy(t.Context()); err != nil {
			t.Errorf("not healthy after the journal came back: %v", err)
		}
		publish(t, h, a, 2)
		synctest.Wait()
		got, gap := seqs(t, c)
		equal(t, got, 1, 2)
		if gap != nil {
			t.Errorf("a gap %+v although nothing was missed", gap)
		}
	})
}

func TestJournalThatComesBackAsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		a := hub.ChannelTopic("a")
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}})
		old := publish(t, h, a, 5)
		synctest.Wait()
		equal(t, first(seqs(t, c)), 1, 2, 3, 4, 5)
		j.Reset()
		time.Sleep(5 * time.Second)
		fresh := publish(t, h, a, 2)
		synctest.Wait()
		if old.Epoch == fresh.Epoch {
			t.Fatal("the epoch did not change")
		}
		got, gap := seqs(t, c)
		equal(t, got, 1, 2)
		if gap == nil || gap.Reason != hub.ReasonReset || gap.From != old || gap.To.Epoch != fresh.Epoch {
			t.Fatalf("gap %+v, want reset from %v", gap, old)
		}
	})
}

func TestNotReadyBeforeTheJournalIsRead(t *testing.T) {
	h := hub.New(hubtest.NewJournal(), hub.Options{})
	if _, err := h.Subscribe(t.Context(), hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, Format: text()}); !errors.Is(err, hub.ErrNotReady) {
		t.Errorf("Subscribe answered %v, want ErrNotReady", err)
	}
	if !h.Head().IsZero() {
		t.Errorf("head %v before the start", h.Head())
	}
	if err := h.Healthy(t.Context()); !errors.Is(err, hub.ErrNotReady) {
		t.Errorf("Healthy answered %v, want ErrNotReady", err)
	}
}

func TestRetentionThatOvertakesTheReaderMakesAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		a := hub.ChannelTopic("a")
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}})
		publish(t, h, a, 2)
		synctest.Wait()
		equal(t, first(seqs(t, c)), 1, 2)
		j.HoldDelivery()
		publish(t, h, a, 5) // 3 to 7
		j.Truncate(5)       // 6 and 7 are left
		j.Release()
		synctest.Wait()
		got, gap := seqs(t, c)
		equal(t, got, 6, 7)
		if gap == nil || gap.From.Seq != 2 || gap.To.Seq != 5 {
			t.Fatalf("gap %+v, want one from 2 to 5", gap)
		}
		// What lies before the gap does not pass for the newest events.
		newest, _, err := h.Newest(t.Context(), a, 7, 3)
		if err != nil || len(newest) != 2 || newest[0].ID.Seq != 6 {
			t.Errorf("the newest are %v, %v; want 6 and 7", newest, err)
		}
	})
}

// TestAFloorNeverFalls: dropping an event that was kept before a gap must not make
// the hub forget the gap.
func TestAFloorNeverFalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{Retention: hub.Retention{TopicEvents: 2}})
		a := hub.ChannelTopic("a")
		c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}})
		publish(t, h, a, 2)
		synctest.Wait()
		equal(t, first(seqs(t, c)), 1, 2)
		j.HoldDelivery()
		publish(t, h, a, 5) // 3 to 7
		j.Truncate(5)       // 6 and 7 are left, and push 1 and 2 out of the hub
		j.Release()
		synctest.Wait()
		got, gap := seqs(t, c)
		equal(t, got, 6, 7)
		if gap == nil || gap.To.Seq != 5 {
			t.Fatalf("gap %+v, want one to 5", gap)
		}
	})
}

// TestSyncAfterAReset holds that what was acknowledged in an order that has ended
// is not waited for in the next one.
func TestSyncAfterAReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := hubtest.NewJournal()
		h := start(t, j, hub.Options{})
		a := hub.ChannelTopic("a")
		publish(t, h, a, 5)
		synctest.Wait()
		j.Reset()
		time.Sleep(5 * time.Second)
		publish(t, h, a, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Sync(ctx); err != nil {
			t.Errorf("Sync waits for events of the order before: %v", err)
		}
	})
}

// TestWarmStartIsBoundedInBytes: a start that reads back every large event would
// be long, and memory keeps few of them.
func TestWarmStartIsBoundedInBytes(t *testing.T) {
	j := hubtest.NewJournal()
	big := json.RawMessage(`{"m":"` + strings.Repeat("x", 1<<20-100) + `"}`)
	for range 40 {
		if _, err := j.Append(t.Context(), hub.Draft{Name: "e", Channel: "a", Data: big}); err != nil {
			t.Fatal(err)
		}
	}
	h := start(t, j, hub.Options{})
	if n := h.Stats().Read; n == 0 || n > 17 {
		t.Errorf("%d events of 1 MiB read at start, want about 16", n)
	}
}
