package sse

import (
	"math/rand/v2"
	"time"
)

// planDrain puts the connections into a random order and gives each its time.
func (s *shard) planDrain(spread time.Duration, now time.Time) {
	s.draining, s.left = true, now
	for _, c := range s.rows {
		if c != nil {
			s.leaving = append(s.leaving, c)
		}
	}
	rand.Shuffle(len(s.leaving), func(i, j int) { s.leaving[i], s.leaving[j] = s.leaving[j], s.leaving[i] })
	for i := range s.leaving {
		s.leaveAt = append(s.leaveAt, spread*time.Duration(i)/time.Duration(len(s.leaving)))
	}
}

// leave ends the connections whose time in the drain has come.
func (s *shard) leave(now time.Time) {
	n := 0
	for n < len(s.leaving) && now.Sub(s.left) >= s.leaveAt[n] {
		if c := s.leaving[n]; !c.closed {
			s.letGo(c, Drained)
		}
		n++
	}
	s.leaving, s.leaveAt = s.leaving[n:], s.leaveAt[n:]
}

// letGo tells a client when to come back, where that does not fall into a frame,
// and ends its stream.
func (s *shard) letGo(c *conn, why Reason) {
	if !c.parked {
		n, _ := s.kernel.send(int(c.fd), s.server.hint(why))
		s.bytes += uint64(n)
		s.writes++
	}
	s.close(c, why)
}

// revokeAll lets everybody go.
func (s *shard) revokeAll() {
	for _, c := range s.rows {
		if c != nil && !c.closed {
			s.letGo(c, Revoked)
		}
	}
}

// cutOff ends what is left, and takes nothing more.
func (s *shard) cutOff() {
	s.mu.Lock()
	late := s.want.conns
	s.over = true
	s.mu.Unlock()
	for _, c := range late {
		s.admit(c)
	}
	for _, c := range s.rows {
		if c != nil {
			s.close(c, Drained)
		}
	}
	s.count()
}
