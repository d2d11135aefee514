package hub_test

import (
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

func TestHistogram(t *testing.T) {
	var h hub.Histogram
	for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, 2 * time.Microsecond, 3 * time.Microsecond, time.Millisecond, time.Hour} {
		h.Observe(d)
	}
	s := h.Snapshot()
	if s.Count != 7 || s.Buckets[0] != 3 || s.Buckets[1] != 2 || s.Buckets[9] != 1 || s.Buckets[hub.HistogramBuckets-1] != 1 {
		t.Errorf("buckets %v of %d, want 3 below 2 µs, 2 below 4 µs, one of 1 ms and one of an hour", s.Buckets, s.Count)
	}
	if s.Sum != time.Hour+time.Millisecond+6*time.Microsecond {
		t.Errorf("sum %v", s.Sum)
	}
	for i := range hub.HistogramBuckets - 1 {
		var one hub.Histogram
		one.Observe(hub.HistogramBound(i) - 1)
		one.Observe(hub.HistogramBound(i))
		if b := one.Snapshot().Buckets; b[i] != 1 || b[i+1] != 1 {
			t.Errorf("bound %d does not part its buckets: %v", i, b)
		}
	}
}

// TestTimingsOfTheHub holds that the hub times what it says it does.
func TestTimingsOfTheHub(t *testing.T) {
	var timings hub.Timings
	h := start(t, hubtest.NewJournal(), hub.Options{Timings: &timings, Retention: hub.Retention{TopicEvents: 4}})
	a := hub.ChannelTopic("a")
	last := publish(t, h, a, 20)
	reached(t, h, last)
	c := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, After: hub.ID{Epoch: last.Epoch, Seq: 1}})
	var b hub.Batch
	for c.Backlog() {
		if err := c.ReadBack(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		c.PassAll(&b)
	}
	s := h.Stats().Timings
	if s["publish_ack"].Count != 20 || s["lag"].Count != 20 || s["replay"].Count == 0 {
		t.Errorf("counted %d acknowledgements, %d events read, %d pages replayed", s["publish_ack"].Count, s["lag"].Count, s["replay"].Count)
	}
}
