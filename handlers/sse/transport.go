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
	// stream has ended. It calls Begin of its session before the first event, and Leave
	// once in every case. An error before the response has begun is one that the caller
	// may still report to the client.
	Serve(w http.ResponseWriter, r *http.Request, st *Stream, s *Session) error
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

// claim is a stream's hold on its key and its lease.
type claim struct {
	key   string
	lease Lease
	end   func(EndReason) // once the stream has begun
}

// Begin makes the stream the one of its key, ends the older one, and begins the
// lease. From then on end may be called, from any goroutine and more than once. It
// must not wait.
func (s *Session) Begin(end func(EndReason)) {
	c := s.claim
	if c == nil {
		return
	}
	c.end = end
	if c.key != "" {
		s.server.mu.Lock()
		older := s.server.keys[c.key]
		s.server.keys[c.key] = c
		s.server.mu.Unlock()
		if older != nil {
			older.end(Replaced)
		}
	}
	if c.lease != nil {
		c.lease.Begin(func() { end(Revoked) })
	}
}

// Revoked reports whether EndAll has been called since the stream was admitted. A
// transport asks after it has made the stream one that its own EndAll ends.
func (s *Session) Revoked() bool {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.generation != s.server.generation
}

// Leave closes the cursor, gives back the key and the lease, and counts the stream
// out. It is called once for each stream, whether or not it has begun; the session is
// not used afterwards.
func (s *Session) Leave(why EndReason) {
	s.cursor.Close()
	c := s.claim
	if c != nil && c.lease != nil {
		c.lease.Release()
	}
	server := s.server
	server.mu.Lock()
	if c != nil && server.keys[c.key] == c {
		delete(server.keys, c.key)
	}
	server.uncount(s.address)
	server.uncount(s.user)
	server.streams--
	server.stats.Ended[why]++
	server.mu.Unlock()
	server.open.Done()
}
