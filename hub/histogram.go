package hub

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// HistogramBuckets is how many buckets a Histogram has. The first counts
// durations below 2 µs, each further one twice as long, the last everything from
// about 67 s on.
const HistogramBuckets = 27

// Histogram counts durations. The zero value is empty and ready; all methods may
// be called concurrently. Observing costs two atomic additions and no memory.
type Histogram struct {
	buckets [HistogramBuckets]atomic.Uint64
	sum     atomic.Int64
}

// Observe counts one duration; one below zero counts as zero, because clocks of
// two machines differ.
func (h *Histogram) Observe(d time.Duration) {
	d = max(d, 0)
	i := bits.Len64(uint64(d/time.Microsecond) >> 1)
	h.buckets[min(i, HistogramBuckets-1)].Add(1)
	h.sum.Add(int64(d))
}

// HistogramBound is the upper bound of a bucket, which is below it; the last
// bucket has none, and 0 is returned.
func HistogramBound(i int) time.Duration {
	if i >= HistogramBuckets-1 {
		return 0
	}
	return 2 * time.Microsecond << i
}

// Durations is a snapshot of a Histogram.
type Durations struct {
	Buckets [HistogramBuckets]uint64 // not cumulative; see HistogramBound
	Count   uint64
	Sum     time.Duration
}

// Snapshot returns what has been counted so far.
func (h *Histogram) Snapshot() Durations {
	d := Durations{Sum: time.Duration(h.sum.Load())}
	for i := range h.buckets {
		d.Buckets[i] = h.buckets[i].Load()
		d.Count += d.Buckets[i]
	}
	return d
}

// Timings are the durations that a process counts on the way of an event. The
// package that takes each one is named beside it; packages that are given a Timings fill in
// their own.
type Timings struct {
	PublishAck   Histogram // Publish to the journal's acknowledgement: this package
	Lag          Histogram // stored by the journal to readable by subscribers: this package
	Queue        Histogram // readable to taken up by the writer of a connection: handlers/sse
	PublishWrite Histogram // stored by the journal to written to a connection: handlers/sse
	Replay       Histogram // one page read back from the journal for a subscriber: this package
	Paint        Histogram // one drawing of all due cards of a board: streams/board
	Fsync        Histogram // one sync of the store's files: hub/journal/fsync
}

// TimingsSnapshot is what Timings have counted so far, by name.
type TimingsSnapshot map[string]Durations

// Snapshot returns all counts of this moment.
func (t *Timings) Snapshot() TimingsSnapshot {
	return TimingsSnapshot{
		"publish_ack": t.PublishAck.Snapshot(), "lag": t.Lag.Snapshot(), "queue": t.Queue.Snapshot(),
		"publish_write": t.PublishWrite.Snapshot(), "replay": t.Replay.Snapshot(),
		"paint": t.Paint.Snapshot(), "fsync": t.Fsync.Snapshot(),
	}
}
