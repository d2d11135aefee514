package epoll

import (
	"time"

	"latido/hub"
)

// lane is the connections of one shard that read the same feed: the hub wakes
// them with one call, and those that stand at the same position share what is due.
type lane struct {
	shard    *shard
	feed     *hub.Feed
	listener *hub.Listener
	conns    []*connection
	due      bool // guarded by shard.mu: it is in the shard's mailbox
}

// wake is called under the hub's lock.
func (l *lane) wake() {
	l.shard.ask(func(m *mailbox) {
		if l.due {
			return
		}
		l.due = true
		if len(m.lanes) == 0 {
			m.since = time.Now()
		}
		m.lanes = append(m.lanes, l)
	})
}

// join puts a connection into its lane, making the lane when it is the first.
func (s *shard) join(c *connection) {
	feed := c.Cursor().Feed()
	l := s.lanes[feed]
	if l == nil {
		l = &lane{shard: s, feed: feed}
		l.listener = feed.Listen(l.wake)
		s.lanes[feed] = l
	}
	c.lane, c.index = l, int32(len(l.conns))
	l.conns = append(l.conns, c)
}

// part takes a connection out of its lane, and the last one the lane with it.
func (s *shard) part(c *connection) {
	l := c.lane
	last := len(l.conns) - 1
	moved := l.conns[last]
	l.conns[c.index], l.conns[last] = moved, nil
	l.conns = l.conns[:last]
	moved.index = c.index
	c.lane = nil
	if last == 0 {
		l.listener.Stop()
		delete(s.lanes, l.feed)
	}
}

// yieldEvery is how many connections are written to before others may run.
const yieldEvery = 128

// deliver writes what is due to every connection of a lane that takes it.
func (s *shard) deliver(l *lane) {
	b := &s.shared
	b.Reset()
	more := false
	for i, n := 0, 1; i < len(l.conns); n++ {
		c := l.conns[i]
		if !c.Blocked() {
			more = s.pump(c, b) || more
		}
		if i < len(l.conns) && l.conns[i] == c { // another has the index of a closed one
			i++
		}
		if n%yieldEvery == 0 {
			s.yield()
		}
	}
	if !b.Stored.IsZero() {
		s.server.Options().Timings.PublishWrite.Observe(time.Since(b.Stored))
	}
	b.Reset()
	if more && len(l.conns) > 0 {
		l.wake() // in the next round: others have their turn before
	}
}
