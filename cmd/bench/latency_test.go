package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestPercentilesAgreeWithSortedValues(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 10, 999, 20000} {
		l := newLatencies()
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(math.Exp(random.Float64()*14) * 1000) // 1 µs to 1.2 s
			l.add(all[i])
		}
		slices.Sort(all)
		for _, p := range []float64{.5, .99, .999, 1} {
			// The library rounds the rank, and keeps three digits of a microsecond.
			rank := max(1, int(math.Round(p*float64(n))))
			exact := all[rank-1].Seconds() * 1000
			if got := *l.quantile(p); math.Abs(got-exact) > exact/1000+.001 {
				t.Errorf("of %d values, the share %v is at most %v ms, the histogram returned %v", n, p, exact, got)
			}
		}
		if got, want := *l.longest(), *rounded(all[n-1].Seconds() * 1000); got != want {
			t.Errorf("the longest is %v ms, want %v", got, want)
		}
	}
}

func TestLatenciesOutOfRange(t *testing.T) {
	t.Parallel()
	l := newLatencies()
	if l.quantile(.5) != nil || l.longest() != nil {
		t.Error("figures without a latency")
	}
	l.add(-time.Hour)
	if got := *l.quantile(1); got != .001 {
		t.Errorf("a negative time counts as %v ms, want a microsecond", got)
	}
	l.add(math.MaxInt64)
	if hour := float64(longestTracked.Milliseconds()); math.Abs(*l.quantile(1)-hour) > hour/1000 {
		t.Errorf("a time beyond the histogram counts as %v ms, want an hour", *l.quantile(1))
	}
	if got := l.counts.TotalCount(); got != 2 || l.max != math.MaxInt64 {
		t.Errorf("%d counted, the longest %v", got, l.max)
	}
}
