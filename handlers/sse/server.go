package sse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"latido/hub"
)

// ErrDraining is returned for streams that come after Drain.
var ErrDraining = errors.New("the server is stopping")

var errNoTransport = errors.New("no transport accepts the stream")

// Options configure a Server. Zero means the default.
type Options struct {
	Ping         time.Duration // longest silence: a comment is sent before; default 15 s
	WriteTimeout time.Duration // longest time a client may take nothing before it is let go; default 25 s
	Retry        time.Duration // least reconnection delay told to clients, who get up to twice that; default 2 s

	MaxStreams    int // open streams in all; default 100,000
	MaxPerAddress int // of one IP address; default 20,000
	MaxPerUser    int // of one user (Stream.User); default 1,000

	Timings *hub.Timings // Queue and PublishWrite are filled in; made when nil
	Logger  *slog.Logger // default: none
}

// WithDefaults returns a copy in which the defaults stand for zero values.
func (o Options) WithDefaults() Options {
	o.Ping = cmp.Or(o.Ping, 15*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 25*time.Second)
	o.Retry = cmp.Or(o.Retry, 2*time.Second)
	o.MaxStreams = cmp.Or(o.MaxStreams, 100_000)
	o.MaxPerAddress = cmp.Or(o.MaxPerAddress, 20_000)
	o.MaxPerUser = cmp.Or(o.MaxPerUser, 1000)
	o.Timings = cmp.Or(o.Timings, &hub.Timings{})
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	return o
}

// Server holds the open streams of a process.
type Server struct {
	opt        Options
	began      time.Time
	transports []Transport
	counters   Counters
	open       sync.WaitGroup

	mu         sync.Mutex
	draining   bool
	spread     time.Duration // over which the streams of a drain are ended
	generation uint64        // counts EndAll
	streams    int
	stats      Stats // Opened, Refused and Ended
	tallies    map[holder]*tally
	keys       map[string]*claim
}

// NewServer makes a server of streams. Each stream goes to the first of the
// transports that accepts it. They may own goroutines from the first stream on,
// until Drain has returned.
func NewServer(o Options, transports ...NewTransport) *Server {
	s := &Server{opt: o.WithDefaults(), began: time.Now(), tallies: map[holder]*tally{}, keys: map[string]*claim{}}
	for _, make := range transports {
		s.transports = append(s.transports, make(s))
	}
	return s
}

// Options returns the server's options, defaults filled in.
func (s *Server) Options() Options { return s.opt }

// Now is the moment, as sessions count them.
func (s *Server) Now() time.Duration { return time.Since(s.began) }

// Serve responds to r with the stream. It either returns at once, and the stream goes
// on, or stays until the client has gone, the server drains, or a write failed. It
// owns the cursor and the lease in every case. The response has begun unless it
// returns ErrDraining or an ErrFull; nothing may be written after it.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, st Stream) error {
	session, err := s.admit(remoteAddr(r), &st)
	if err != nil {
		st.abandon()
		return err
	}
	st.Kind.headers(w.Header())
	for _, t := range s.transports {
		if t.Accepts(r, &st) {
			return t.Serve(w, r, &st, session)
		}
	}
	session.Leave(Failed)
	return errNoTransport
}

// Retry returns a reconnection delay for one connection. The server adds the
// jitter, because browsers add none: without it all clients of a restarted
// server come back in the same instant.
func (s *Server) Retry() time.Duration { return s.opt.Retry + rand.N(s.opt.Retry) }

// lastRetry is the last that a client reads of a stream that the server ends. In a
// drain the delay is longer than usual: a server that ends all streams needs a
// moment to come back.
func (s *Server) lastRetry(why EndReason) []byte {
	delay := s.Retry()
	if why == Drained {
		delay *= 2
	}
	return append(AppendRetry(nil, delay), '\n')
}

const (
	laterMin = 5 * time.Second
	fullMin  = 15 * time.Second
)

// Later responds to a stream that cannot be served now: 200, a reconnection delay
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

// EndAll ends every stream that is open, as Revoked, each with a reconnection delay:
// what a principal may stream is another question from now on. Streams that are admitted
// later are not concerned.
func (s *Server) EndAll() {
	s.mu.Lock()
	s.generation++
	s.mu.Unlock()
	for _, t := range s.transports {
		t.EndAll()
	}
}

// drainPace is how many streams a second are ended at least, so that a server
// with a handful of them stops at once.
const drainPace = 100

// Drain ends all streams, each with a reconnection delay, in random order and
// evenly over the time that ctx leaves (at most a hundredth of a second each),
// and waits for them. Streams that come later get ErrDraining. When ctx ends
// first, what is left is cut off.
func (s *Server) Drain(ctx context.Context) error {
	spread := s.beginDrain(ctx)
	for _, t := range s.transports {
		t.Drain(spread)
	}
	ended := make(chan struct{})
	go func() {
		s.open.Wait()
		close(ended)
	}()
	defer func() {
		for _, t := range s.transports {
			t.Stop()
		}
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for open streams: %w", ctx.Err())
	}
}

func (s *Server) beginDrain(ctx context.Context) (spread time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining {
		s.draining = true
		s.spread = time.Duration(s.streams) * time.Second / drainPace
		if until, bounded := ctx.Deadline(); bounded {
			s.spread = min(s.spread, time.Until(until)*9/10)
		}
		s.spread = max(s.spread, 0)
	}
	return s.spread
}
