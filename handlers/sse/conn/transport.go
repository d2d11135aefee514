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

	mu         sync.Mutex
	all        chan struct{} // closed by EndAll, which makes another
	drain      chan struct{} // closed by Drain; spread is set then
	beginDrain func()
	spread     time.Duration
	cut        chan struct{} // closed by Stop
	cutOff     func()
}

// New is an sse.NewTransport. The transport is a *Transport and accepts every stream.
func New(s *sse.Server) sse.Transport {
	drain, cut := make(chan struct{}), make(chan struct{})
	return &Transport{server: s, all: make(chan struct{}), drain: drain, cut: cut,
		beginDrain: sync.OnceFunc(func() { close(drain) }), cutOff: sync.OnceFunc(func() { close(cut) })}
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
	why, err = s.run(ctx, func() bool { return false })
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

// orders are what all streams get together.
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
	t.spread = spread
	t.mu.Unlock()
	t.beginDrain()
}

// Stop ends what is left. The goroutines are those of the requests, for which their
// server waits.
func (t *Transport) Stop() { t.cutOff() }
