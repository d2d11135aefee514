package sse

import (
	"bytes"
	"time"

	"latido/hub"
	"latido/hub/conflate"
)

// NextConflated is Next for a stream with a conflating reader: items is what m's
// Read returned since the last Wrote, and more what it said. The frames are joined
// in dst, which may be used again after Wrote.
func (s *Session) NextConflated(now time.Duration, dst []byte, m *conflate.Conflater, items []conflate.Item, more bool) Output {
	if o, decided := s.first(now); decided {
		return o
	}
	if len(items) == 0 {
		return s.keepAlive(now, m)
	}
	o := Output{Lead: dst, More: more, what: events}
	for _, item := range items {
		frame := item.Frame
		switch {
		case item.Gap == nil:
			o.events++
		case s.kind.Gap == nil:
			return s.endNow(TooSlow)
		default:
			frame = s.gap(*item.Gap)
		}
		o.Lead = appendWithToken(o.Lead, frame, item.At)
	}
	return o
}

// idField begins the frame of a message that has an id and no reconnection delay.
var idField = []byte("id: ")

// appendWithToken adds a frame of Append with the token of a conflating reader as its id.
func appendWithToken(dst, frame []byte, at hub.ResumeToken) []byte {
	if bytes.HasPrefix(frame, idField) {
		frame = frame[bytes.IndexByte(frame, '\n')+1:]
	}
	dst = append(dst, idField...)
	dst = append(dst, at.String()...)
	dst = append(dst, '\n')
	return append(dst, frame...)
}
