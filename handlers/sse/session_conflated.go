package sse

import (
	"bytes"
	"time"

	"latido/hub"
)

// NextConflated is Next for a stream with a conflating reader: passed is what m's
// Take returned since the last Wrote, and more what it said. The frames are joined
// in dst, which may be used again after Wrote.
func (s *Session) NextConflated(now time.Duration, dst []byte, m *hub.Limited, passed []hub.Passed, more bool) Output {
	if o, decided := s.first(now); decided {
		return o
	}
	if len(passed) == 0 {
		return s.keepAlive(now, m)
	}
	o := Output{Lead: dst, More: more, what: events}
	for _, p := range passed {
		frame := p.Frame
		switch {
		case p.Gap == nil:
			o.events++
		case s.kind.Gap == nil:
			return s.endNow(TooSlow)
		default:
			frame = s.gap(*p.Gap)
		}
		o.Lead = appendAt(o.Lead, frame, p.At)
	}
	return o
}

// idField begins the frame of a message that has an id and no reconnection delay.
var idField = []byte("id: ")

// appendAt adds a frame of Append with the place of a conflating reader as its id.
func appendAt(dst, frame []byte, at hub.Place) []byte {
	if bytes.HasPrefix(frame, idField) {
		frame = frame[bytes.IndexByte(frame, '\n')+1:]
	}
	dst = append(dst, idField...)
	dst = append(dst, at.String()...)
	dst = append(dst, '\n')
	return append(dst, frame...)
}

// standingAt gives a heartbeat that has an id the place of a conflating reader.
func standingAt(frame []byte, at hub.Place) []byte {
	if !bytes.HasPrefix(frame, idField) {
		return frame
	}
	return appendAt(nil, frame, at)
}
