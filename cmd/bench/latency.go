package main

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The histogram of latencies: microseconds up to an hour, with three significant
// digits. Longer ones count as an hour, except for the maximum, which is exact.
const (
	longestTracked    = time.Hour
	significantDigits = 3
)

// latencies counts latencies in some hundred kilobytes, however many there are.
type latencies struct {
	counts *hdrhistogram.Histogram
	max    time.Duration
}

func newLatencies() *latencies {
	return &latencies{counts: hdrhistogram.New(1, longestTracked.Microseconds(), significantDigits)}
}

// add counts one. A value below a microsecond, or a negative one because the clock
// was set, counts as a microsecond.
func (l *latencies) add(d time.Duration) {
	l.max = max(l.max, d)
	// It is in range, so RecordValue cannot fail.
	_ = l.counts.RecordValue(min(max(d, time.Microsecond), longestTracked).Microseconds())
}

// quantile returns the latency in milliseconds that a share p of all does not
// exceed, or nil when nothing was counted.
func (l *latencies) quantile(p float64) *float64 {
	if l.counts.TotalCount() == 0 {
		return nil
	}
	return rounded(float64(l.counts.ValueAtPercentile(100*p)) / 1000)
}

// longest returns the longest latency in milliseconds, or nil when nothing was
// counted.
func (l *latencies) longest() *float64 {
	if l.counts.TotalCount() == 0 {
		return nil
	}
	return rounded(float64(l.max) / float64(time.Millisecond))
}

// rounded keeps three decimals: no figure here is better than that.
func rounded(f float64) *float64 {
	f = math.Round(f*1000) / 1000
	return &f
}
