package conn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/conflate"
)

// stream carries one session in one goroutine.
type stream struct {
	server    *sse.Server
	session   *sse.Session
	conflated *conflate.Conflater
	w         writer
	wake      chan struct{}
	orders    orders
	leaveAt   time.Duration // once the server drains

	batch hub.Batch
	out   []byte
}

// writer is where a stream's bytes go.
type writer interface {
	Write(b []byte) (int, error)
	Flush() error
	SetWriteDeadline(time.Time) error
}

// response is the writer of a request that net/http serves.
type response struct {
	http.ResponseWriter
	*http.ResponseController
}

func (r response) Flush() error { return r.ResponseController.Flush() }

func (t *Transport) stream(st *sse.Stream, session *sse.Session, w writer) *stream {
	return &stream{server: t.server, session: session, conflated: st.Conflated, w: w,
		wake: make(chan struct{}, 1), orders: t.orders()}
}

const (
	// maxKeep bounds the write buffer that a quiet stream keeps, in bytes.
	maxKeep = 16 << 10
	// maxWrite bounds the bytes that a client must take within Options.WriteTimeout,
	// so that one that reads slowly is not let go over a large frame.
	maxWrite = 16 << 10
)

// notify is called under the hub's lock.
func (s *stream) notify() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already, and looks again before it sleeps
	}
}

// begin writes the preamble, which may be empty: what has been written before goes
// out with it.
func (s *stream) begin(preamble []byte) error {
	o := s.session.Preamble(preamble)
	return s.write(nil, &o)
}

// run returns when the stream has ended, or once handOver reports true, between two
// frames; the session has not ended then.
func (s *stream) run(ctx context.Context, handOver func() bool) (sse.EndReason, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		more, err := s.step(ctx)
		if why, over := s.session.Ended(); over {
			return why, err
		}
		if handOver() {
			return 0, nil
		}
		// A long replay never sleeps, but an end must still be heard.
		wait := time.Duration(0)
		if !more {
			wait = s.untilNext()
		}
		timer.Reset(wait)
		s.wait(ctx, timer.C)
	}
}

// untilNext is how long nothing is due.
func (s *stream) untilNext() time.Duration {
	now := s.server.Now()
	wait := s.session.NextAt() - now
	if s.leaveAt > 0 {
		wait = min(wait, s.leaveAt-now)
	}
	if s.conflated != nil {
		if next := s.conflated.PendingUntil(); !next.IsZero() {
			wait = min(wait, time.Until(next))
		}
	}
	return max(wait, 0)
}

// wait returns when something has happened, and tells the session of it.
func (s *stream) wait(ctx context.Context, timer <-chan time.Time) {
	select {
	case <-s.wake:
	case <-timer:
		if s.leaveAt > 0 && s.server.Now() >= s.leaveAt {
			s.session.End(sse.Drained)
		}
	case <-s.orders.drain:
		s.orders.drain = nil
		s.leaveAt = max(s.server.Now()+s.orders.leaveIn(), 1)
	case <-s.orders.all:
		s.session.End(sse.Revoked)
	case <-s.orders.cut:
		s.session.Abort(sse.Drained)
	case <-ctx.Done():
		s.session.Abort(endReason(ctx))
	}
}

// step writes what is due, and reports whether there may be more at once.
func (s *stream) step(ctx context.Context) (more bool, err error) {
	var stored time.Time // of the newest event, unless it is replayed
	if s.conflated != nil {
		return s.stepConflated(ctx)
	}
	b := &s.batch
	defer b.Reset()
	if c := s.session.Cursor(); s.session.Reads() && c.Backlog() {
		more = true
		if err := c.ReadBack(ctx, b); err != nil {
			s.replayFailed(ctx, err)
		}
	} else if s.session.Reads() {
		c.Due(b)
		stored = b.Stored
	}
	o := s.session.Next(s.server.Now(), b)
	if o.Len() == 0 {
		s.session.Wrote(s.server.Now(), b, &o, 0) // a gap may have no bytes
		return more, nil
	}
	err = s.write(b, &o)
	if err == nil && !stored.IsZero() && len(o.Frames) > 0 {
		s.server.Options().Timings.PublishWrite.Observe(time.Since(stored))
	}
	return true, err
}

func (s *stream) stepConflated(ctx context.Context) (more bool, err error) {
	var items []conflate.Item
	if s.session.Reads() {
		var err error
		if items, more, err = s.conflated.Read(ctx, time.Now()); err != nil {
			s.replayFailed(ctx, err)
		}
	}
	o := s.session.NextConflated(s.server.Now(), s.out[:0], s.conflated, items, more)
	if len(items) > 0 {
		s.out = o.Lead
	}
	if o.Len() == 0 {
		return more, nil
	}
	return true, s.write(nil, &o)
}

// replayFailed ends a stream whose replay cannot go on: its client comes back with
// its last id.
func (s *stream) replayFailed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		s.session.Abort(endReason(ctx))
		return
	}
	s.server.Options().Logger.Warn("a replay ends early", "error", err)
	s.session.End(sse.TooSlow)
}

// write sends all of o, and ends the session when that fails.
func (s *stream) write(b *hub.Batch, o *sse.Output) error {
	out := o.Lead
	if len(o.Frames) > 0 {
		out = append(s.out[:0], o.Lead...)
		for _, f := range o.Frames {
			out = append(out, f...)
		}
		s.out = out
	}
	n, err := s.send(out)
	if cap(s.out) > maxKeep {
		s.out = nil
	}
	s.server.Counters().Bytes.Add(uint64(n))
	if err != nil {
		s.session.Abort(whyFailed(err))
		return err
	}
	s.server.Counters().Deliveries.Add(uint64(s.session.Wrote(s.server.Now(), b, o, n)))
	return nil
}

// send writes b at once, even if it is empty.
func (s *stream) send(b []byte) (n int, err error) {
	for first := true; first || n < len(b); first = false {
		if err := s.w.SetWriteDeadline(time.Now().Add(s.server.Options().WriteTimeout)); err != nil {
			return n, fmt.Errorf("set a stream's write deadline: %w", err)
		}
		if n == len(b) {
			break
		}
		some, err := s.w.Write(b[n:min(n+maxWrite, len(b))])
		n += some
		s.server.Counters().Writes.Add(1)
		if err != nil {
			return n, fmt.Errorf("write to a stream: %w", err)
		}
	}
	if err := s.w.Flush(); err != nil {
		return n, fmt.Errorf("flush a stream: %w", err)
	}
	return n, nil
}

func whyFailed(err error) sse.EndReason {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return sse.Stalled
	case errors.Is(err, http.ErrNotSupported):
		return sse.Failed
	}
	return sse.PeerClosed
}
