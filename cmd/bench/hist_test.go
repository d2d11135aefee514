package load

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
		var h histogram
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(math.Exp(random.Float64()*14) * 1000) // 1 µs to 1.2 s
			h.add(all[i])
		}
		slices.Sort(all)
		for _, p := range []float64{.5, .99, .999, 1} {
			exact := all[max(0, int(math.Ceil(p*float64(n)))-1)].Seconds() * 1000
			// A lower edge is at most one percent below; three decimals are kept.
			if got := *h.quantile(p); got > exact+.001 || got < exact/1.011-.001 {
				t.Errorf("of %d values, the share %v lies below %v ms, the histogram says %v", n, p, exact, got)
			}
		}
		if got, want := *h.longest(), *rounded(all[n-1].Seconds() * 1000); got != want {
			t.Errorf("the longest is %v ms, want %v", got, want)
		}
	}
}

func TestHistogramTakesAnything(t *testing.T) {
	t.Parallel()
	var h histogram
	if h.quantile(.5) != nil || h.longest() != nil {
		t.Error("a histogram of nothing has figures")
	}
	h.add(-time.Hour)
	if got := *h.quantile(1); got != .001 {
		t.Errorf("a negative time counts as %v ms, want a microsecond", got)
	}
	h.add(math.MaxInt64)
	if h.total != 2 || h.max != math.MaxInt64 {
		t.Errorf("%d counted, the longest %v", h.total, h.max)
	}
}
