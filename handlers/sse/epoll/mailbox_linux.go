package epoll

import (
	"time"

	"latido/handlers/sse"
)

// mailbox is what others ask of a shard between two of its rounds.
type mailbox struct {
	asked  bool // wakes has been sent to
	conns  []*connection
	lanes  []*lane
	since  time.Time // when the first of lanes was woken
	ends   []ending
	events bool // epoll has some
	all    bool // every connection is to be ended, as revoked
	drain  bool
	spread time.Duration // of the drain
	stop   bool
}

// ending is a connection that others want ended.
type ending struct {
	conn     *connection
	why      sse.EndReason
	farewell bool // the client is told when to come back
}

// ask leaves a note and wakes the shard. It waits for nothing but another note.
func (s *shard) ask(note func(*mailbox)) {
	s.mu.Lock()
	note(&s.mail)
	asked := s.mail.asked
	s.mail.asked = true
	s.mu.Unlock()
	if asked {
		return
	}
	select {
	case s.wakes <- struct{}{}:
	default:
		// The timer has woken it, and it has not taken the last call out yet. Waiting
		// here would hold the hub's lock, which the shard may need first.
	}
}

// add hands a connection over, and reports whether the shard still takes any.
func (s *shard) add(c *connection) (taken bool) {
	s.ask(func(m *mailbox) {
		if taken = !s.over; taken {
			m.conns = append(m.conns, c)
		}
	})
	return taken
}

// end ends a connection because a newer stream has replaced it, or its lease is
// over.
func (s *shard) end(c *connection, why sse.EndReason) {
	s.ask(func(m *mailbox) { m.ends = append(m.ends, ending{conn: c, why: why}) })
}

// revoke ends a connection that an EndAll should have ended, in the same way.
func (s *shard) revoke(c *connection) {
	s.ask(func(m *mailbox) { m.ends = append(m.ends, ending{c, sse.Revoked, true}) })
}

func (s *shard) endAll() {
	s.ask(func(m *mailbox) { m.all = true })
}

func (s *shard) drain(spread time.Duration) {
	s.ask(func(m *mailbox) { m.drain, m.spread = true, spread })
}

// stop cuts off all connections and waits for the goroutine to end.
func (s *shard) stop() {
	s.ask(func(m *mailbox) { m.stop = true })
	s.running.Wait()
}

// take returns what is asked and leaves nothing of it. The lists come from spare,
// which has been worked off.
func (s *shard) take(spare mailbox) mailbox {
	clear(spare.conns)
	clear(spare.lanes)
	clear(spare.ends)
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.mail
	s.mail = mailbox{conns: spare.conns[:0], lanes: spare.lanes[:0], ends: spare.ends[:0]}
	for _, l := range m.lanes {
		l.due = false
	}
	return m
}
