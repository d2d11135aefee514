package demo

import (
	"math"
	"testing"

	"latido/streams/event"
)

// TestWalk takes a million steps: 20 days of the demo.
func TestWalk(t *testing.T) {
	const steps = 1_000_000
	m := newMarket(newRand(42))
	type seen struct{ low, high, up, down, zero float64 }
	all := map[string]*seen{}
	for range steps {
		q := m.next()
		s := all[q.symbol]
		if s == nil {
			s = &seen{low: math.Inf(1)}
			all[q.symbol] = s
		}
		u := m.step(q)
		if got := event.Round(u.price-q.price, q.decimals); got != u.change {
			t.Fatalf("%s: change %v from %v to %v", q.symbol, u.change, q.price, u.price)
		}
		if got := u.change / q.price * 100; math.Abs(got-u.percent) > 0.0051 || math.Abs(u.percent) > 5 {
			t.Fatalf("%s: change_percent %v from %v to %v", q.symbol, u.percent, q.price, u.price)
		}
		if u.price != event.Round(u.price, q.decimals) || u.volume < 1 || u.volume > 1e8 {
			t.Fatalf("unlikely: %+v", u)
		}
		s.low, s.high = math.Min(s.low, u.price/q.base), math.Max(s.high, u.price/q.base)
		switch {
		case u.change > 0:
			s.up++
		case u.change < 0:
			s.down++
		default:
			s.zero++
		}
		q.commit(u)
	}
	if len(all) != 5 {
		t.Errorf("%d symbols, want 5", len(all))
	}
	for symbol, s := range all {
		n := s.up + s.down + s.zero
		if n != steps/5 {
			t.Errorf("%s came %v times, want each fifth time", symbol, n)
		}
		if s.low < 0.5 || s.high > 2 {
			t.Errorf("%s drifted to %.2f–%.2f of its base", symbol, s.low, s.high)
		}
		if s.low > 0.9 || s.high < 1.1 || s.zero > n/20 || math.Abs(s.up-s.down) > n/50 {
			t.Errorf("%s hardly moves, or one way only: %+v", symbol, *s)
		}
	}
}
