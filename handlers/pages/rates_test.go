package pages_test

import (
	"testing"
	"time"

	"latido/handlers/pages"
	"latido/streams/card"
)

// A page gets a heartbeat every 5 s, one without scripts comes again every 30 s, and when
// nobody read them for long nothing can be said.
func TestRatesReachBackToTheLastLook(t *testing.T) {
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		readings []struct{ after, total int }
		rated    bool
		rate     float64
	}{
		{"the first reading", []struct{ after, total int }{{0, 700}}, false, 0},
		{"two readings", []struct{ after, total int }{{0, 700}, {5, 800}}, true, 20},
		{"only the last seconds", []struct{ after, total int }{{0, 0}, {5, 700}, {10, 700}, {15, 800}, {20, 800}}, true, 10},
		{"a page without scripts", []struct{ after, total int }{{0, 0}, {30, 300}, {60, 900}}, true, 20},
		{"a page that came back", []struct{ after, total int }{{0, 0}, {5, 500}, {35, 800}}, true, 10},
		{"nobody read them", []struct{ after, total int }{{0, 0}, {5, 500}, {300, 800}}, false, 0},
		{"and then somebody did", []struct{ after, total int }{{0, 0}, {300, 800}, {305, 900}}, true, 20},
	} {
		var cache pages.Rates
		var last card.Traffic
		for _, l := range c.readings {
			last = card.Traffic{Delivered: card.Counter{Total: uint64(l.total)}}
			pages.Fill(&cache, begin.Add(time.Duration(l.after)*time.Second), &last)
		}
		if last.Rated != c.rated || last.Delivered.PerSecond != c.rate {
			t.Errorf("%s: %v, %v a second; want %v, %v", c.name, last.Rated, last.Delivered.PerSecond, c.rated, c.rate)
		}
	}
}
