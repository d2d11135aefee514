package main

import (
	"bytes"
	"strconv"
	"time"
)

// The mark around the time of an event: nothing else that travels with events
// has two of these around 19 digits.
const (
	edge      = "@@"
	stampLen  = 19 // digits of Unix nanoseconds, until the year 2286
	markerLen = len(edge) + stampLen + len(edge)
)

// stamp writes the marker of a moment to the front of b.
func stamp(b []byte, t time.Time) {
	copy(b, edge)
	digits := strconv.AppendInt(b[:len(edge)], t.UnixNano(), 10)
	copy(b[len(digits):], edge)
}

// scan calls found with the nanoseconds of every marker in b, and returns how
// many bytes at its end may begin another one, fewer than markerLen: they belong
// before what is read next.
func scan(b []byte, found func(nanos int64)) (rest int) {
	for {
		i := bytes.IndexByte(b, edge[0])
		if i < 0 {
			return 0
		}
		b = b[i:]
		nanos, ok := parseMarker(b)
		switch {
		case !ok:
			b = b[1:]
		case len(b) < markerLen:
			return len(b)
		default:
			found(nanos)
			b = b[markerLen:]
		}
	}
}

// parseMarker returns whether b begins with a marker, or with as much of one as
// b has room for.
func parseMarker(b []byte) (nanos int64, ok bool) {
	for i, c := range b[:min(len(b), markerLen)] {
		if i < len(edge) || i >= len(edge)+stampLen {
			if c != edge[0] {
				return 0, false
			}
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		nanos = nanos*10 + int64(c-'0')
	}
	return nanos, true
}
