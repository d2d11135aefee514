package sse

import "time"

// wants is what others ask of a shard between two of its rounds.
type wants struct {
	asked bool // wakes has been sent to
	conns []*conn
	lanes []*lane
	since time.Time // when the first of lanes was woken
	ends  []ending
	look  bool // epoll has something
	all   bool // every connection shall end, as revoked
	drain bool
	after time.Duration // the drain's spread
	stop  bool
}

// ask notes what is wanted and wakes the shard. It never waits longer than for
// another note.
func (s *shard) ask(note func(*wants)) {
	s.mu.Lock()
	note(&s.want)
	asked := s.want.asked
	s.want.asked = true
	s.mu.Unlock()
	if asked {
		return
	}
	select {
	case s.wakes <- struct{}{}:
	default:
		// It is awake, by its timer, and has not taken the last call out yet. Waiting
		// here would hold the hub's lock, which the shard may need first.
	}
}

// add hands a connection over, and answers whether the shard still takes any.
func (s *shard) add(c *conn) (taken bool) {
	s.ask(func(q *wants) {
		if taken = !s.over; taken {
			q.conns = append(q.conns, c)
		}
	})
	return taken
}

// ending is a connection that others want ended.
type ending struct {
	conn *conn
	why  Reason
}

// end ends a connection because a newer stream has replaced it, or its lease is
// over.
func (s *shard) end(c *conn, why Reason) {
	s.ask(func(q *wants) { q.ends = append(q.ends, ending{c, why}) })
}

func (s *shard) endAll() {
	s.ask(func(q *wants) { q.all = true })
}

func (s *shard) drain(spread time.Duration) {
	s.ask(func(q *wants) { q.drain, q.after = true, spread })
}

// stop cuts off all connections and waits for the goroutine to end.
func (s *shard) stop() {
	s.ask(func(q *wants) { q.stop = true })
	<-s.ended
}

// take answers what is wanted and leaves nothing of it. The lists come from
// spare, which has been worked off.
func (s *shard) take(spare wants) wants {
	clear(spare.conns)
	clear(spare.lanes)
	clear(spare.ends)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.want
	s.want = wants{conns: spare.conns[:0], lanes: spare.lanes[:0], ends: spare.ends[:0]}
	for _, l := range q.lanes {
		l.due = false
	}
	return q
}
