package epoll

import (
	"math/rand/v2"
	"time"

	"latido/handlers/sse"
)

// leaving is a connection in a drain, and when its time has come.
type leaving struct {
	conn *connection
	at   time.Duration
}

// planDrain puts the connections into a random order and gives each its time.
func (s *shard) planDrain(spread time.Duration) {
	s.draining = true
	for _, c := range s.rows {
		if c != nil {
			s.leaving = append(s.leaving, leaving{conn: c})
		}
	}
	rand.Shuffle(len(s.leaving), func(i, j int) { s.leaving[i], s.leaving[j] = s.leaving[j], s.leaving[i] })
	for i := range s.leaving {
		s.leaving[i].at = s.now + spread*time.Duration(i)/time.Duration(len(s.leaving))
	}
}

// leave ends the connections whose time in the drain has come.
func (s *shard) leave() {
	n := 0
	for n < len(s.leaving) && s.now >= s.leaving[n].at {
		s.letGo(s.leaving[n].conn, sse.Drained)
		n++
	}
	s.leaving = s.leaving[n:]
}

// letGo ends a stream, and tells its client when to come back.
func (s *shard) letGo(c *connection, why sse.EndReason) {
	if c.fd >= 0 {
		c.End(why)
		s.catchUp(c)
	}
}

// finish does what an ending says.
func (s *shard) finish(e ending) {
	if e.farewell {
		s.letGo(e.conn, e.why)
		return
	}
	s.abort(e.conn, e.why)
}

// revokeAll lets all connections go.
func (s *shard) revokeAll() {
	for _, c := range s.rows {
		if c != nil {
			s.letGo(c, sse.Revoked)
		}
	}
}

// cutOff ends what is left, and takes nothing more.
func (s *shard) cutOff() {
	s.mu.Lock()
	late := s.mail.conns
	s.over = true
	s.mu.Unlock()
	for _, c := range late {
		s.admit(c)
	}
	for _, c := range s.rows {
		if c != nil {
			s.abort(c, sse.Drained)
		}
	}
	s.count()
}
