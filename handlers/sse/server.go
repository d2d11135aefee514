package sse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// ErrDraining is answered to streams that come after Drain.
var ErrDraining = errors.New("the server is stopping")

// Options configure a Server. Zero means the default.
type Options struct {
	Ping         time.Duration // longest silence: a comment is sent before; default 15 s
	WriteTimeout time.Duration // longest time a peer may take nothing before it is let go; default 25 s
	Retry        time.Duration // least reconnection delay told to clients, who get up to twice that; default 2 s

	MaxStreams    int // open streams in all; default 100,000
	MaxPerAddress int // of one IP address; default 20,000
	MaxPerUser    int // of one user (Stream.User); default 1,000

	// Ordinary serves every stream in a goroutine of its own, also where the
	// connection could be taken over.
	Ordinary bool
	Logger   *slog.Logger
}

// WithDefaults returns a copy in which the defaults stand for zero values.
func (o Options) WithDefaults() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Ping, 15 * time.Second}, {&o.WriteTimeout, 25 * time.Second}, {&o.Retry, 2 * time.Second}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field *int
		value int
	}{{&o.MaxStreams, 100_000}, {&o.MaxPerAddress, 20_000}, {&o.MaxPerUser, 1000}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Server holds the open streams of a process.
type Server struct {
	opt   Options
	count counters
	open  sync.WaitGroup
	taken takeover

	mu       sync.Mutex
	draining bool
	drain    chan struct{} // closed when draining begins; spread is set then
	spread   time.Duration // over which the streams of a drain are ended
	all      chan struct{} // closed when all streams of before are ended; then there is another
	streams  int
	byAddr   map[netip.Addr]*tally
	byUser   map[int64]*tally
	keys     map[string]*keyed
}

// keyed is an open stream that others may end: the one of a key, or one with a
// lease.
type keyed struct {
	key   string
	end   func(Reason)
	lease Lease
}

// NewServer makes a server of streams. It owns goroutines from the first stream
// that it takes over until Drain has returned.
func NewServer(o Options) *Server {
	return &Server{opt: o.WithDefaults(), drain: make(chan struct{}), all: make(chan struct{}),
		byAddr: map[netip.Addr]*tally{}, byUser: map[int64]*tally{}, keys: map[string]*keyed{}}
}

type connKey struct{}

// ConnContext is for http.Server.ConnContext: it lets Serve see the connection
// below a request. Without it every stream goes the ordinary way.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Retry answers a reconnection delay for one connection. The server adds the
// jitter, because browsers add none: without it all clients of a restarted
// server come back in the same instant.
func (s *Server) Retry() time.Duration { return s.opt.Retry + rand.N(s.opt.Retry) }

// hint is what a stream that the server ends is told. In a drain the delay is
// longer than usual: whoever ends all streams needs a moment to come back.
func (s *Server) hint(why Reason) []byte {
	delay := s.Retry()
	if why == Drained {
		delay *= 2
	}
	return append(AppendRetry(nil, delay), '\n')
}

// Later answers a stream that cannot be served now: 200, a reconnection delay
// of 5 to 10 s (15 to 30 s when err wraps a *LimitError, which a comment repeats),
// and the end. Any other status, 503 too, ends a browser's EventSource for good
// (HTML standard, 9.2).
func (s *Server) Later(w http.ResponseWriter, err error) error {
	(&Kind{}).headers(w.Header())
	w.Header()["Connection"] = closing
	w.WriteHeader(http.StatusOK)
	var b []byte
	delay := laterMin
	var limit *LimitError
	if errors.As(err, &limit) {
		b = fmt.Appendf(b, ": %v\n", limit)
		delay = fullMin
	}
	if _, err := w.Write(append(AppendRetry(b, delay+rand.N(delay)), '\n')); err != nil {
		return fmt.Errorf("put a stream off: %w", err)
	}
	return nil
}

const (
	laterMin = 5 * time.Second
	fullMin  = 15 * time.Second
)

// Serve answers r with the stream. It either takes the connection over and
// returns at once, or stays until the client has gone, the server drains, or a
// write failed. It owns the cursor and the lease in every case. The response has begun
// unless it returns ErrDraining or an ErrFull; nothing may be written after it.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, st Stream) error {
	t, err := s.enter(remoteAddr(r), st.User)
	if err != nil {
		st.abandon()
		return err
	}
	st.Kind.headers(w.Header())
	// A lease may end while a replay is read back, of which only the ordinary way
	// hears.
	if c := s.takeable(r); c != nil && st.Limited == nil && (st.Lease == nil || !st.Cursor.Backlog()) {
		return s.takeOver(w, r, st, t, c)
	}
	return s.ordinary(w, r, st, t)
}

// takeable answers the connection below a request whose stream can be written
// without net/http; nil when it cannot. TLS and HTTP/2 have records and frames
// of their own, and what wraps a connection may count its bytes.
func (s *Server) takeable(r *http.Request) *net.TCPConn {
	if s.opt.Ordinary || !canTakeOver || r.ProtoMajor != 1 || r.TLS != nil {
		return nil
	}
	c, _ := r.Context().Value(connKey{}).(*net.TCPConn)
	return c
}

// claim makes a stream the one of its key and ends the older one, and begins its
// lease.
func (s *Server) claim(st Stream, end func(Reason)) *keyed {
	if st.Key == "" && st.Lease == nil {
		return nil
	}
	k := &keyed{st.Key, end, st.Lease}
	if st.Key != "" {
		s.mu.Lock()
		older := s.keys[st.Key]
		s.keys[st.Key] = k
		s.mu.Unlock()
		if older != nil {
			older.end(Replaced)
		}
	}
	if st.Lease != nil {
		st.Lease.Begin(func() { end(Revoked) })
	}
	return k
}

func (s *Server) unclaim(k *keyed) {
	if k == nil {
		return
	}
	if k.lease != nil {
		k.lease.Release()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[k.key] == k {
		delete(s.keys, k.key)
	}
}

// EndAll ends every stream that is open, as Revoked, each with a reconnection delay:
// who may have streams is another question from now on. Streams that begin later
// are not concerned.
func (s *Server) EndAll() {
	s.mu.Lock()
	close(s.all)
	s.all = make(chan struct{})
	s.mu.Unlock()
	s.taken.endAll()
}

// untilAll is closed by the next EndAll.
func (s *Server) untilAll() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// drainPace is how many streams a second are ended at least, so that a server
// with a handful of them stops at once.
const drainPace = 100

// Drain ends all streams, each with a reconnection delay, in random order and
// evenly over the time that ctx leaves (at most a hundredth of a second each),
// and waits for them. Streams that come later get ErrDraining. When ctx ends
// first, what is left is cut off.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	if !s.draining {
		s.draining = true
		s.spread = time.Duration(s.streams) * time.Second / drainPace
		if until, bounded := ctx.Deadline(); bounded {
			s.spread = min(s.spread, time.Until(until)*9/10)
		}
		s.spread = max(s.spread, 0)
		close(s.drain)
	}
	spread := s.spread
	s.mu.Unlock()
	s.taken.drain(spread)
	ended := make(chan struct{})
	go func() {
		s.open.Wait()
		close(ended)
	}()
	defer s.taken.stop()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for open streams: %w", ctx.Err())
	}
}
