package hub_test

import (
	"context"
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

// largeJournal is one that says how much it stores, and hears how far the hub goes back.
type largeJournal struct {
	*hubtest.Journal
	events, bytes uint64
	back          int
}

func (j *largeJournal) Bounds(ctx context.Context) (hub.Bounds, error) {
	b, err := j.Journal.Bounds(ctx)
	b.First, b.Last, b.Bytes = 1, j.events, j.bytes
	return b, err
}

func (j *largeJournal) Back(_ context.Context, n int) (uint64, error) {
	j.back = n
	return j.events + 1, nil
}

// TestStartReadsSoManyBytes: events that are large on average are read back until they are
// 16 MiB, others until they are Options.Warm.
func TestStartReadsSoManyBytes(t *testing.T) {
	for what, c := range map[string]struct {
		events, bytes uint64
		back          int
	}{
		"nothing":               {0, 0, 1000},
		"what is no event":      {0, 100, 1000},
		"small ones":            {100, 100, 1000},
		"of half a byte":        {100, 50, 1000},
		"of 16 KiB less a byte": {4, 4 * (16<<10 - 1), 1000},
		"of 32 KiB":             {4, 4 * 32 << 10, 512},
		"one of 16 MiB":         {1, 16 << 20, 1},
	} {
		j := &largeJournal{Journal: hubtest.NewJournal(), events: c.events, bytes: c.bytes, back: -1}
		start(t, j, hub.Options{Warm: 1000})
		if j.back != c.back {
			t.Errorf("%s: %d events are read back, want %d", what, j.back, c.back)
		}
	}
}
