package sse

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// conn writes one stream in the goroutine of its request.
type conn struct {
	server *Server
	stream Stream
	w      http.ResponseWriter
	rc     *http.ResponseController
	wake   chan struct{}

	frames   [][]byte
	out      []byte
	lastByte time.Time // when something was last written
	nextBeat time.Time
}

// maxKeep bounds the write buffer a quiet connection keeps.
const maxKeep = 16 << 10

func (c *conn) notify() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake already, and will look again before it sleeps
	}
}

func (c *conn) run(ctx context.Context) error {
	c.nextBeat = time.Now().Add(c.stream.BeatEvery)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wrote, err := c.catchUp()
		if err != nil {
			return err
		}
		if wrote {
			// A long replay never sleeps, but a stop must still be heard.
			select {
			case <-c.server.drain:
				return nil
			case <-ctx.Done():
				return nil
			default:
				continue
			}
		}
		timer.Reset(time.Until(c.nextDue()))
		select {
		case <-c.wake:
		case <-timer.C:
			if err := c.keepAlive(time.Now()); err != nil {
				return err
			}
		case <-c.server.drain:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// catchUp writes what is due and answers whether there was anything.
func (c *conn) catchUp() (bool, error) {
	frames, gap := c.stream.Cursor.Next(c.frames[:0])
	c.frames = frames
	if len(frames) == 0 && gap == nil {
		return false, nil
	}
	out := c.out[:0]
	if gap != nil {
		out = append(out, c.stream.Gap(*gap)...)
	}
	for _, f := range frames {
		out = append(out, f...)
	}
	clear(frames)
	if c.stream.BeatIdle {
		c.nextBeat = time.Now().Add(c.stream.BeatEvery)
	}
	err := c.write(out)
	if c.out = out; cap(out) > maxKeep {
		c.out = nil
	}
	return true, err
}

func (c *conn) nextDue() time.Time {
	due := c.lastByte.Add(c.server.opt.Ping)
	if c.stream.Beat != nil && c.nextBeat.Before(due) {
		due = c.nextBeat
	}
	return due
}

func (c *conn) keepAlive(now time.Time) error {
	if c.stream.Beat != nil && !now.Before(c.nextBeat) {
		c.nextBeat = now.Add(c.stream.BeatEvery)
		return c.write(c.stream.Beat(c.stream.Cursor.Position()))
	}
	if now.Sub(c.lastByte) >= c.server.opt.Ping {
		return c.write([]byte(ping))
	}
	return nil
}

func (c *conn) write(b []byte) error {
	c.lastByte = time.Now()
	if err := c.rc.SetWriteDeadline(c.lastByte.Add(c.server.opt.WriteTimeout)); err != nil {
		return fmt.Errorf("set a stream's write deadline: %w", err)
	}
	if len(b) > 0 {
		if _, err := c.w.Write(b); err != nil {
			return fmt.Errorf("write to a stream: %w", err)
		}
	}
	if err := c.rc.Flush(); err != nil {
		return fmt.Errorf("flush a stream: %w", err)
	}
	return nil
}
