package views

import "time"

// Traffic is what goes in and out of this process. Counters begin at zero with
// it.
type Traffic struct {
	Open      int // streams
	TakenOver int // those of them that cost no goroutine
	Parked    int // those of them that wait for a slow client
	Opened    uint64
	Refused   uint64  // streams refused by a limit
	Ended     []Ended // every reason, also those that never happened

	Rated     bool   // the rates below are known
	Denied    uint64 // POST requests refused by a limit
	Published Counter
	Read      Counter // events read from the journal
	Delivered Counter // events written to streams
	Bytes     Counter
	Writes    Counter
	Gaps      uint64        // gap events sent to streams
	Thinned   uint64        // values not sent to streams with max_rate, because of a newer one
	Lag       time.Duration // longest recent wait of an event for the writers; 0 for none
}

// Counter is a number that grows.
type Counter struct {
	Total     uint64
	PerSecond float64 // over the last seconds
}

// Ended counts the streams that ended for a reason.
type Ended struct {
	Reason string // gone, stalled, spoke, behind, replaced, drained or failed
	Count  uint64
}

// kind marks the reasons that need attention, and those that did not happen.
func (e Ended) kind() string {
	switch {
	case e.Count == 0:
		return "none"
	case e.Reason == "failed":
		return "bad"
	}
	return ""
}

// ended is the reason in words.
func (l Lang) ended(reason string) string { return l.texts().Streams.Ended.of(reason) }

// rate writes how many a second: small rates need a decimal, large ones would
// only flicker with it.
func (l Lang) rate(v float64) string {
	if v < 100 {
		return l.decimal(v, 1)
	}
	return l.decimal(v, 0)
}

// rateOr and bytesOr write a rate, once it is known.
func (l Lang) rateOr(known bool, v float64) string {
	if !known {
		return none
	}
	return l.rate(v)
}

func (l Lang) bytesOr(known bool, v float64) string {
	if !known {
		return none
	}
	return l.bytes(v)
}

// manyEvents is where a count is no longer written out: a column on a phone fits
// eight digits, and a busy process delivers more in a day.
const manyEvents = 100_000_000

// count writes a number that only grows, large ones in millions.
func (l Lang) count(n uint64) string {
	if n < manyEvents {
		return integer(l, n)
	}
	return l.decimal(float64(n)/1e6, 1) + "\u00a0M"
}

// perWrite is how many events one write carries now. An average over all time would
// show a busy hour of the past for ever.
func (l Lang) perWrite(t Traffic) string {
	if !t.Rated || t.Writes.PerSecond == 0 {
		return none
	}
	return l.decimal(t.Delivered.PerSecond/t.Writes.PerSecond, 2)
}

// lag formats a short time with at most three digits; zero is none.
func (l Lang) lag(d time.Duration) string {
	switch {
	case d <= 0:
		return none
	case d < time.Millisecond:
		return l.decimal(float64(d)/float64(time.Microsecond), 0) + "\u00a0µs"
	case d < 100*time.Millisecond:
		return l.decimal(float64(d)/float64(time.Millisecond), 1) + "\u00a0ms"
	case d < time.Second:
		return l.decimal(float64(d)/float64(time.Millisecond), 0) + "\u00a0ms"
	}
	return l.decimal(d.Seconds(), 1) + "\u00a0s"
}
