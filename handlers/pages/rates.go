package pages

import (
	"slices"
	"time"

	"latido/streams/card"
)

// rateWindow is how far back rates look: over two readings of a page that is
// alone, and not so far that a number stands still.
const rateWindow = 12 * time.Second

// rateReach is how far they look back when nothing was read since: a page without
// scripts comes again every 30 s, and would never see a rate.
const rateReach = 45 * time.Second

// rates remembers what the counters said lately, to say how fast they grow. The zero
// value is ready.
type rates struct {
	counts []counts // oldest first
}

// counts is what the counters said at a moment.
type counts struct {
	at    time.Time
	total [5]uint64
}

func countersOf(t *card.Traffic) [5]*card.Counter {
	return [...]*card.Counter{&t.Published, &t.Read, &t.Delivered, &t.Bytes, &t.Writes}
}

// fill says how fast the counters grew since the oldest counts within the window,
// or else since the last ones before, and remembers these. Nothing is read while
// no page is open, so there may be none.
func (r *rates) fill(now time.Time, t *card.Traffic) {
	c := counts{at: now}
	for i, counter := range countersOf(t) {
		c.total[i] = counter.Total
	}
	var last time.Time
	if n := len(r.counts); n > 0 {
		last = r.counts[n-1].at
	}
	r.counts = slices.DeleteFunc(r.counts, func(old counts) bool {
		age := now.Sub(old.at)
		return age > rateReach || age > rateWindow && old.at.Before(last)
	})
	if len(r.counts) > 0 {
		t.Rated = true
		old := r.counts[0]
		for i, counter := range countersOf(t) {
			counter.PerSecond = float64(c.total[i]-old.total[i]) / now.Sub(old.at).Seconds()
		}
	}
	r.counts = append(r.counts, c)
}
