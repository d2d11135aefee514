package views

import (
	"time"

	"latido/streams/card"
)

// endedKind marks the reasons that need attention, and those that never happened.
func endedKind(e card.Ended) string {
	switch {
	case e.Count == 0:
		return "none"
	case e.Reason == "failed":
		return "critical"
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

// perWrite is how many events one write carries now. Over all time, what was
// once a busy hour would stand there for ever.
func (l Lang) perWrite(t card.Traffic) string {
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
