package sse

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"latido/hub"
)

// ErrDraining is answered to streams that come after Drain.
var ErrDraining = errors.New("the server is stopping")

// Options are the times of a Server. Zero means the default.
type Options struct {
	Ping         time.Duration // silence after which a comment is sent; default 15 s
	WriteTimeout time.Duration // longest time one write may take before the peer is let go; default 30 s
	Retry        time.Duration // least reconnection delay told to clients, who get up to twice that; default 2 s
}

// Server holds the open streams of a process.
type Server struct {
	opt      Options
	mu       sync.Mutex
	draining bool
	drain    chan struct{}
	open     sync.WaitGroup
}

// NewServer makes a server of streams.
func NewServer(o Options) *Server {
	if o.Ping <= 0 {
		o.Ping = 15 * time.Second
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 30 * time.Second
	}
	if o.Retry <= 0 {
		o.Retry = 2 * time.Second
	}
	return &Server{opt: o, drain: make(chan struct{})}
}

// Retry answers a reconnection delay for one connection. The server adds the
// jitter, because browsers add none: without it all clients of a restarted
// server come back in the same instant.
func (s *Server) Retry() time.Duration {
	return s.opt.Retry + time.Duration(rand.Int64N(int64(s.opt.Retry)))
}

// Later answers a stream that cannot be served now: 200, a reconnection delay
// of 5 to 10 s, and the end. Any other status, 503 too, ends a browser's
// EventSource for good (HTML standard, 9.2).
func (s *Server) Later(w http.ResponseWriter) error {
	Stream{}.headers(w.Header())
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write(append(AppendRetry(nil, laterMin+rand.N(laterMin)), '\n')); err != nil {
		return fmt.Errorf("put a stream off: %w", err)
	}
	return nil
}

const laterMin = 5 * time.Second

// Drain ends all streams and waits for them, or for ctx.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	if !s.draining {
		s.draining = true
		close(s.drain)
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		s.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for open streams: %w", ctx.Err())
	}
}

func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.open.Add(1)
	return true
}

// Stream is one response that stays open.
type Stream struct {
	Cursor *hub.Cursor // closed by Serve
	Hello  []byte      // frames sent with the headers, before everything else
	// Gap makes the frames that tell a hole; required.
	Gap func(hub.Gap) []byte
	// Beat makes the heartbeat. pos is a position up to which the client has
	// been sent everything, so it may ride as the heartbeat's id.
	Beat func(pos hub.ID) []byte
	// BeatEvery is the time between heartbeats; required when Beat is set.
	BeatEvery time.Duration
	// NoStore keeps browsers from keeping a page that has been left, with its
	// open stream, for the way back: HTTP/1.1 has six connections to a server,
	// and the seventh page would find none. The page must say no-store as well.
	NoStore bool
	// BeatIdle sends heartbeats only after BeatEvery without an event.
	BeatIdle bool
}

// headers of every stream. no-transform keeps proxies from compressing, and so
// from buffering, what must leave at once.
func (st Stream) headers(h http.Header) {
	h.Set("Content-Type", "text/event-stream")
	if st.NoStore {
		h.Set("Cache-Control", "no-store, no-transform")
	} else {
		h.Set("Cache-Control", "no-cache, no-transform")
	}
	h.Set("X-Accel-Buffering", "no")
}

// Serve answers r with the stream and returns when the client has gone, the
// server drains, or a write failed. The response has begun unless it
// returns ErrDraining; nothing may be written after it.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, st Stream) error {
	defer st.Cursor.Close()
	if !s.enter() {
		return ErrDraining
	}
	defer s.open.Done()
	c := &conn{server: s, stream: st, w: w, rc: http.NewResponseController(w), wake: make(chan struct{}, 1)}
	st.headers(w.Header())
	w.WriteHeader(http.StatusOK)
	if err := c.write(st.Hello); err != nil {
		return fmt.Errorf("begin a stream: %w", err)
	}
	st.Cursor.SetWake(c.notify)
	return c.run(r.Context())
}
