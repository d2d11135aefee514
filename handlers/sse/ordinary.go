package sse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"latido/hub"
)

// ordinary serves a stream in the goroutine of its request: HTTP/2, TLS, and
// every connection that cannot be taken over.
func (s *Server) ordinary(w http.ResponseWriter, r *http.Request, st Stream, t ticket) (err error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	why := Failed // unless told otherwise: a panic of a callback, too
	k := s.claim(st, func(why Reason) { cancel(endedFor(why)) })
	defer func() {
		s.unclaim(k)
		st.Cursor.Close()
		s.leave(t, why)
	}()
	c := &ordinaryConn{server: s, stream: st, all: s.untilAll(), rc: http.NewResponseController(w), w: w, wake: make(chan struct{}, 1),
		early: rand.N(s.opt.Ping / pingSpread)}
	w.WriteHeader(http.StatusOK)
	if why, err = c.write(st.Hello); err != nil {
		return fmt.Errorf("begin a stream: %w", err)
	}
	listener := st.Cursor.Feed().Listen(c.notify)
	defer listener.Stop()
	why, err = c.run(ctx)
	return err
}

// endedFor is the cause of a stream's end that others have asked for.
type endedFor Reason

func (e endedFor) Error() string { return "the stream was " + Reason(e).String() }

// pingSpread is the share of the ping's time by which streams differ, so that
// the pings after an event for all do not fall together: a third.
const pingSpread = 3

// ordinaryConn writes one stream.
type ordinaryConn struct {
	server *Server
	stream Stream
	w      http.ResponseWriter
	rc     *http.ResponseController
	wake   chan struct{}
	all    <-chan struct{} // closed when every stream shall end
	batch  hub.Batch

	out      []byte
	early    time.Duration // how much before its time this stream pings
	lastByte time.Time
	nextBeat time.Time
	leaveAt  time.Time // set once the server drains
}

// maxKeep bounds the write buffer a quiet connection keeps, in bytes.
const maxKeep = 16 << 10

func (c *ordinaryConn) notify() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake already, and will look again before it sleeps
	}
}

func (c *ordinaryConn) run(ctx context.Context) (Reason, error) {
	c.nextBeat = time.Now().Add(c.beatEvery())
	timer := time.NewTimer(0)
	defer timer.Stop()
	drain := c.server.drain
	for {
		wrote, why, err := c.catchUp(ctx)
		if err != nil || why == Behind {
			return why, err
		}
		// A long replay never sleeps, but an end must still be heard.
		wait := time.Until(c.nextDue())
		if wrote {
			wait = 0
		}
		timer.Reset(max(wait, 0))
		select {
		case <-c.wake:
		case <-timer.C:
			if why, err := c.keepAlive(time.Now()); err != nil || why == Drained {
				return why, err
			}
		case <-drain:
			drain = nil
			c.leaveAt = time.Now()
			if c.server.spread > 0 {
				c.leaveAt = c.leaveAt.Add(rand.N(c.server.spread))
			}
		case <-c.all:
			_, err := c.write(c.server.hint(Revoked))
			return Revoked, err
		case <-ctx.Done():
			var asked endedFor
			if errors.As(context.Cause(ctx), &asked) {
				return Reason(asked), nil
			}
			return Gone, nil
		}
	}
}

// catchUp writes what is due and answers whether there was anything, or may be
// more.
func (c *ordinaryConn) catchUp(ctx context.Context) (wrote bool, why Reason, err error) {
	if c.stream.Limited != nil {
		return c.catchUpLimited(ctx)
	}
	b := &c.batch
	b.Reset()
	back := c.stream.Cursor.Backlog()
	if !back {
		c.stream.Cursor.Due(b)
	} else if err := c.stream.Cursor.ReadBack(ctx, b); err != nil {
		return c.replayFailed(ctx, err)
	}
	if b.Gap != nil && c.stream.Kind.Gap == nil {
		return c.behind()
	}
	out := c.out[:0]
	if b.Gap != nil {
		out = append(out, c.stream.Kind.Gap(*b.Gap)...)
	}
	for _, f := range b.Frames {
		out = append(out, f...)
	}
	n := len(b.Frames)
	c.stream.Cursor.Pass(b, n)
	b.Reset()
	return c.send(out, n, back)
}

// replayFailed ends a stream whose replay cannot go on.
func (c *ordinaryConn) replayFailed(ctx context.Context, err error) (wrote bool, why Reason, _ error) {
	if ctx.Err() != nil {
		return true, Gone, nil // run hears why
	}
	c.server.opt.Logger.Warn("a replay ends early", "error", err)
	return c.behind()
}

// behind ends a stream whose client comes back with its last id.
func (c *ordinaryConn) behind() (wrote bool, why Reason, err error) {
	_, err = c.write(c.server.hint(Behind))
	return false, Behind, err
}

// send writes n frames, and what belongs to them. more says that there may be more
// at once, whatever there is now.
func (c *ordinaryConn) send(out []byte, n int, more bool) (wrote bool, why Reason, err error) {
	if len(out) == 0 {
		return more, Gone, nil
	}
	if c.stream.Kind.BeatIdle {
		c.nextBeat = time.Now().Add(c.beatEvery())
	}
	c.server.count.deliveries.Add(uint64(n))
	why, err = c.write(out)
	if c.out = out; cap(out) > maxKeep {
		c.out = nil
	}
	return true, why, err
}

// beatEvery is the time to the next heartbeat; see Stream.BeatIdle.
func (c *ordinaryConn) beatEvery() time.Duration {
	if c.stream.Kind.BeatIdle {
		return c.stream.Kind.BeatEvery + rand.N(beatSpread)
	}
	return c.stream.Kind.BeatEvery
}

// beatSpread is by how much idle heartbeats differ.
const beatSpread = time.Second

func (c *ordinaryConn) pingDue() time.Time { return c.lastByte.Add(c.server.opt.Ping - c.early) }

func (c *ordinaryConn) nextDue() time.Time {
	due := c.pingDue()
	if c.stream.Kind.Beat != nil && c.nextBeat.Before(due) {
		due = c.nextBeat
	}
	if !c.leaveAt.IsZero() && c.leaveAt.Before(due) {
		due = c.leaveAt
	}
	if c.stream.Limited != nil {
		if next := c.stream.Limited.Next(); !next.IsZero() && next.Before(due) {
			due = next
		}
	}
	return due
}

func (c *ordinaryConn) keepAlive(now time.Time) (Reason, error) {
	if !c.leaveAt.IsZero() && !now.Before(c.leaveAt) {
		_, err := c.write(c.server.hint(Drained))
		return Drained, err
	}
	if c.stream.Kind.Beat != nil && !now.Before(c.nextBeat) {
		c.nextBeat = now.Add(c.beatEvery())
		return c.write(c.heartbeat())
	}
	if !now.Before(c.pingDue()) {
		return c.write([]byte(ping))
	}
	return Gone, nil
}

func (c *ordinaryConn) heartbeat() []byte {
	b := c.stream.Kind.Beat(c.stream.Cursor.Position())
	if c.stream.Limited == nil || !bytes.HasPrefix(b, []byte(idField)) {
		return b
	}
	return appendAt(nil, b, c.stream.Limited.Place())
}

// write sends b at once; the reason says why it failed.
func (c *ordinaryConn) write(b []byte) (Reason, error) {
	c.lastByte = time.Now()
	if err := c.rc.SetWriteDeadline(c.lastByte.Add(c.server.opt.WriteTimeout)); err != nil {
		return Failed, fmt.Errorf("set a stream's write deadline: %w", err)
	}
	if len(b) > 0 {
		n, err := c.w.Write(b)
		c.server.count.bytes.Add(uint64(n))
		c.server.count.writes.Add(1)
		if err != nil {
			return whyFailed(err), fmt.Errorf("write to a stream: %w", err)
		}
	}
	if err := c.rc.Flush(); err != nil {
		return whyFailed(err), fmt.Errorf("flush a stream: %w", err)
	}
	return Gone, nil
}

func whyFailed(err error) Reason {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return Stalled
	}
	return Gone
}
