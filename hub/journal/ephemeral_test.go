package journal

import (
	"errors"
	"slices"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/journal/engine"
)

// TestEphemeralGoWithTheirAge: ephemeral events go when their age has come, what lies
// between them stays, and the bounds name the topics that may miss some: also
// after a restart, and for a run that stores ephemeral events longer.
func TestEphemeralGoWithTheirAge(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(t.Context(), Config{Config: engine.Config{Dir: dir}, EphemeralAge: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		for _, d := range []hub.Draft{some("prices", true), some("rare", false)} {
			if _, err := j.Append(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	prices := hub.ChannelTopic("prices")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-tick.C {
		events, err := j.History(t.Context(), prices, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		b, err := j.Bounds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(events) < 10 && b.EphemeralFrom <= 1 {
			t.Fatalf("%d of 10 ephemeral events are left, but the bounds are %+v", len(events), b)
		}
		if len(events) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the ephemeral events stay")
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openWith(t, Config{Config: engine.Config{Dir: dir}, EphemeralAge: time.Hour})
	if events, err := j.History(t.Context(), hub.ChannelTopic("rare"), 0, 100); err != nil || len(events) != 10 {
		t.Errorf("%d of 10 events between the ephemeral events are left, %v", len(events), err)
	}
	b, err := j.Bounds(t.Context())
	if err != nil || !slices.Equal(b.EphemeralTopics, []hub.Topic{prices}) || b.EphemeralFrom != 21 || b.First > 2 || b.Last != 20 {
		t.Errorf("bounds %+v, %v", b, err)
	}
	// Jumps do not end a Follow.
	var seen []uint64
	stop := errors.New("all seen")
	err = j.Follow(t.Context(), 1, func(e *hub.Event) error {
		if seen = append(seen, e.ID.Seq); len(seen) == 10 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || !slices.Equal(seen, []uint64{2, 4, 6, 8, 10, 12, 14, 16, 18, 20}) {
		t.Errorf("followed %v, %v", seen, err)
	}
}

// Ephemeral events of too many topics are no fault of the rest.
func TestTooManySampledTopics(t *testing.T) {
	j := openWith(t, Config{Config: engine.Config{Dir: t.TempDir()}})
	for n := range MaxEphemeral {
		if _, err := j.Append(t.Context(), hub.Draft{Name: "e", User: int64(n + 1), Data: []byte(`{}`), Ephemeral: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Append(t.Context(), some("one more", true)); err != nil {
		t.Errorf("an ephemeral event of one topic too many: %v", err)
	}
	if b, err := j.Bounds(t.Context()); err != nil || slices.Contains(b.EphemeralTopics, hub.ChannelTopic("one more")) {
		t.Errorf("it is stored like any event, so it is none of %d: %v", len(b.EphemeralTopics), err)
	}
}
