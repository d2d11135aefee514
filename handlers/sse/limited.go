package sse

import (
	"bytes"
	"context"
	"time"

	"latido/hub"
)

// catchUpLimited is catchUp for a stream that wants fewer values.
func (c *ordinaryConn) catchUpLimited(ctx context.Context) (wrote bool, why Reason, err error) {
	passed, more, err := c.stream.Limited.Take(ctx, time.Now())
	if err != nil {
		return c.replayFailed(ctx, err)
	}
	out, n := c.out[:0], 0
	for _, p := range passed {
		frame := p.Frame
		switch {
		case p.Gap == nil:
			n++
		case c.stream.Kind.Gap == nil:
			return c.behind()
		default:
			frame = c.stream.Kind.Gap(*p.Gap)
		}
		out = appendAt(out, frame, p.At)
	}
	return c.send(out, n, more)
}

// idField begins the frame of a message that has an id and no reconnection delay.
const idField = "id: "

// appendAt adds a frame of Append with a place instead of its id.
func appendAt(dst, frame []byte, at hub.Place) []byte {
	if bytes.HasPrefix(frame, []byte(idField)) {
		frame = frame[bytes.IndexByte(frame, '\n')+1:]
	}
	dst = append(dst, idField...)
	dst = append(dst, at.String()...)
	dst = append(dst, '\n')
	return append(dst, frame...)
}
