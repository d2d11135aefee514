package load

import (
	"math"
	"time"
)

// Buckets grow by one percent from a microsecond, so a handful of kilobytes
// holds any number of latencies, up to years.
const (
	buckets = 4000
	growth  = 1.01
)

var logGrowth = math.Log(growth)

// histogram counts latencies. Its zero value is empty.
type histogram struct {
	counts [buckets]int64
	total  int64
	max    time.Duration
}

// add counts one. What is below a microsecond, or negative because the clock was
// set, counts as a microsecond.
func (h *histogram) add(d time.Duration) {
	h.max = max(h.max, d)
	i := int(math.Log(float64(max(d, time.Microsecond))/1000) / logGrowth)
	h.counts[min(i, buckets-1)]++
	h.total++
}

// quantile answers the lower edge of the first bucket, in milliseconds, up to
// which a share p of all lies; nil when nothing was counted.
func (h *histogram) quantile(p float64) *float64 {
	if h.total == 0 {
		return nil
	}
	var seen int64
	for i, n := range h.counts {
		seen += n
		if float64(seen) >= p*float64(h.total) {
			return rounded(math.Pow(growth, float64(i)) / 1000)
		}
	}
	return h.longest()
}

// longest answers the largest latency in milliseconds, exactly.
func (h *histogram) longest() *float64 {
	if h.total == 0 {
		return nil
	}
	return rounded(float64(h.max) / float64(time.Millisecond))
}

// rounded keeps three decimals: no figure here is better than that.
func rounded(f float64) *float64 {
	f = math.Round(f*1000) / 1000
	return &f
}
