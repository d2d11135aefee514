package sse

import (
	"net/http"
	"time"
)

// Transport carries streams to their clients: it writes what their sessions decide.
// Its methods may be called from any goroutine.
type Transport interface {
	// Accepts reports whether the transport can carry a stream. The response has not
	// begun.
	Accepts(r *http.Request, st *Stream) bool
	// Serve carries a stream that Accepts has accepted, and may return before the
	// stream has ended. It calls Server.Begin before the first event, and
	// Server.Leave or Server.Finish once in every case. An error before the response has begun is one
	// that the caller may still report to the client.
	Serve(w http.ResponseWriter, r *http.Request, a *Admitted) error
	// EndAll ends the streams that the transport has, as Revoked.
	EndAll()
	// Drain begins to end all streams, evenly over spread and in random order, and
	// those that come later at once or within spread.
	Drain(spread time.Duration)
	// Stop cuts off what is left and waits for the goroutines of the transport
	// itself.
	Stop()
}

// NewTransport makes a transport of a server.
type NewTransport func(*Server) Transport

// Admitted is a stream that the server has counted in and hands to a transport.
type Admitted struct {
	Stream
	Admission
	generation uint64 // of the server when it was counted in
}

// Admission is what an open stream holds of its server, until Server.Leave.
type Admission struct {
	address, user *tally
	claim         *claim
}

// claim is a stream's hold on its key and its lease.
type claim struct {
	key   string
	lease Lease
	end   func(EndReason)
}

// Begin makes the stream the one of its key, ends the older one, and begins the
// lease. From then on end may be called, from any goroutine and more than once. It
// must not wait.
func (s *Server) Begin(a *Admitted, end func(EndReason)) {
	if a.Key == "" && a.Lease == nil {
		return
	}
	c := &claim{a.Key, a.Lease, end}
	a.claim = c
	if a.Key != "" {
		s.mu.Lock()
		older := s.keys[a.Key]
		s.keys[a.Key] = c
		s.mu.Unlock()
		if older != nil {
			older.end(Replaced)
		}
	}
	if a.Lease != nil {
		a.Lease.Begin(func() { end(Revoked) })
	}
}

// Revoked reports whether EndAll has been called since the stream was admitted. A
// transport asks after it has made the stream one that its own EndAll ends.
func (s *Server) Revoked(a *Admitted) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.generation != s.generation
}

// Leave counts a stream out and gives back its key and its lease. It is called once
// for each that was admitted; the cursor has been closed.
func (s *Server) Leave(a Admission, why EndReason) {
	if a.claim != nil && a.claim.lease != nil {
		a.claim.lease.Release()
	}
	s.counters.ended[why].Add(1)
	s.mu.Lock()
	if c := a.claim; c != nil && s.keys[c.key] == c {
		delete(s.keys, c.key)
	}
	s.leaveCaps(a)
	s.mu.Unlock()
	s.open.Done()
}

// Finish closes the cursor and leaves, whether or not the stream has begun.
func (s *Server) Finish(a *Admitted, why EndReason) {
	a.Cursor.Close()
	if a.claim == nil && a.Lease != nil {
		a.Lease.Release()
	}
	s.Leave(a.Admission, why)
}
