package conn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"latido/handlers/sse"
)

// Transport carries streams in a goroutine each.
type Transport struct {
	server *sse.Server

	mu     sync.Mutex
	all    chan struct{} // closed by EndAll, which makes another
	drain  chan struct{} // closed by Drain; spread is set then
	spread time.Duration
	cut    chan struct{} // closed by Stop
}

// New is an sse.NewTransport.
func New(s *sse.Server) sse.Transport { return NewTransport(s) }

// NewTransport makes a transport that accepts every stream.
func NewTransport(s *sse.Server) *Transport {
	return &Transport{server: s, all: make(chan struct{}), drain: make(chan struct{}), cut: make(chan struct{})}
}

// Accepts is true.
func (t *Transport) Accepts(*http.Request, *sse.Stream) bool { return true }

// Serve returns when the stream has ended.
func (t *Transport) Serve(w http.ResponseWriter, r *http.Request, st *sse.Stream, session *sse.Session) (err error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	why := sse.Failed // unless the stream comes to say otherwise
	defer func() { session.Leave(why) }()
	s := t.stream(st, session, response{w, http.NewResponseController(w)})
	session.Begin(func(why sse.EndReason) { cancel(endedFor(why)) })
	w.WriteHeader(http.StatusOK)
	if err := s.begin(st.Preamble); err != nil {
		why, _ = session.Ended()
		return fmt.Errorf("begin a stream: %w", err)
	}
	if session.Revoked() { // orders may be of after that
		session.End(sse.Revoked)
	}
	listener := st.Cursor.Feed().Listen(s.notify)
	defer listener.Stop()
	why, err = s.run(ctx)
	return err
}

// endedFor is the cause of a stream's end that others have asked for.
type endedFor sse.EndReason

func (e endedFor) Error() string { return "the stream was " + sse.EndReason(e).String() }

// endReason tells an end that was asked for from one that the client has made.
func endReason(ctx context.Context) sse.EndReason {
	var asked endedFor
	if errors.As(context.Cause(ctx), &asked) {
		return sse.EndReason(asked)
	}
	return sse.PeerClosed
}

// orders are what all streams hear together.
type orders struct {
	all, drain, cut <-chan struct{}
	leaveIn         func() time.Duration // once drain is closed
}

func (t *Transport) orders() orders {
	t.mu.Lock()
	defer t.mu.Unlock()
	return orders{t.all, t.drain, t.cut, t.leaveIn}
}

// leaveIn is one stream's moment in a drain.
func (t *Transport) leaveIn() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.spread <= 0 {
		return 0
	}
	return rand.N(t.spread)
}

// EndAll ends the streams that have begun, as Revoked.
func (t *Transport) EndAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.all)
	t.all = make(chan struct{})
}

// Drain lets each stream end at a random moment within spread.
func (t *Transport) Drain(spread time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !closed(t.drain) {
		t.spread = spread
		close(t.drain)
	}
}

// Stop ends what is left. The goroutines are those of the requests, for which their
// server waits.
func (t *Transport) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !closed(t.cut) {
		close(t.cut)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
