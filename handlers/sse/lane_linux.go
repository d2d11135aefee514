package sse

import (
	"time"

	"golang.org/x/sys/unix"

	"latido/hub"
)

// lane is the connections of one shard that read the same feed: the hub wakes
// them with one call, and those that stand at the same place share what is due.
type lane struct {
	shard    *shard
	feed     *hub.Feed
	listener *hub.Listener
	conns    []*conn
	due      bool // guarded by shard.mu: it is among the shard's wants
}

// wake is called under the hub's lock.
func (l *lane) wake() {
	l.shard.ask(func(q *wants) {
		if l.due {
			return
		}
		l.due = true
		if len(q.lanes) == 0 {
			q.since = time.Now()
		}
		q.lanes = append(q.lanes, l)
	})
}

// join puts a connection into its lane, making the lane when it is the first.
func (s *shard) join(c *conn) {
	feed := c.cursor.Feed()
	l := s.lanes[feed]
	if l == nil {
		l = &lane{shard: s, feed: feed}
		l.listener = feed.Listen(l.wake)
		s.lanes[feed] = l
	}
	c.lane, c.place = l, int32(len(l.conns))
	l.conns = append(l.conns, c)
}

// part takes a connection out of its lane, and the last one the lane with it.
func (s *shard) part(c *conn) {
	l := c.lane
	last := len(l.conns) - 1
	moved := l.conns[last]
	l.conns[c.place], l.conns[last] = moved, nil
	l.conns = l.conns[:last]
	moved.place = c.place
	c.lane = nil
	if last == 0 {
		l.listener.Stop()
		delete(s.lanes, l.feed)
	}
}

// yieldEvery is how many connections are written to before others may run.
const yieldEvery = 128

// pass writes what is due to every connection of a lane that takes it.
func (s *shard) pass(l *lane) {
	b := &s.batch
	b.Reset()
	more := false
	for i, n := 0, 1; i < len(l.conns); n++ {
		c := l.conns[i]
		if !c.parked {
			more = s.advance(c, b) || more
		}
		if i < len(l.conns) && l.conns[i] == c { // a closed one has given its place to another
			i++
		}
		if n%yieldEvery == 0 {
			s.yield()
		}
	}
	b.Reset()
	if more && len(l.conns) > 0 {
		l.wake() // in the next round: others have their turn before
	}
}

// advance writes one batch to a connection, and answers whether there is more.
func (s *shard) advance(c *conn, b *hub.Batch) (more bool) {
	c.cursor.Due(b)
	if len(b.Frames) == 0 && b.Gap == nil {
		c.cursor.Pass(b, 0)
		return false
	}
	if b.Gap != nil && c.kind.Gap == nil {
		s.letGo(c, Behind)
		return false
	}
	all, errno := s.write(c, b)
	switch {
	case errno != 0:
		s.close(c, whyErrno(errno))
		return false
	case !all:
		s.park(c)
		return false
	}
	if c.kind.BeatIdle {
		s.setBeat(c)
	}
	return b.Full()
}

// catchUp writes to one connection until it is at the end or takes no more, and
// answers whether it is still open.
func (s *shard) catchUp(c *conn) (open bool) {
	b := &s.own
	for more := !c.parked; more; {
		b.Reset()
		more = s.advance(c, b)
	}
	b.Reset()
	return !c.closed
}

// park leaves a connection alone until epoll says that it takes more.
func (s *shard) park(c *conn) {
	if !c.parked {
		c.parked = true
		s.server.count.parked.Add(1)
	}
	// Asked anew each time, because the kernel promises an edge after a refusal,
	// not after a write that it took in part.
	if err := s.poll.addWrite(int(c.fd), c.mark.bits()); err != nil {
		s.server.opt.Logger.Error("a stream could not be watched", "error", err)
		s.close(c, Failed)
	}
}

func (s *shard) unpark(c *conn) {
	if c.parked {
		c.parked = false
		s.server.count.parked.Add(-1)
	}
}

// resume goes on with a connection that takes bytes again: first the end of the
// frame that it has in part.
func (s *shard) resume(c *conn) {
	if c.rest != nil {
		rest := *c.rest
		n, errno := s.kernel.send(int(c.fd), rest)
		s.writes++
		s.bytes += uint64(n)
		if errno != 0 && errno != unix.EAGAIN {
			s.close(c, whyErrno(errno))
			return
		}
		if n > 0 {
			c.last = s.now
		}
		c.rest = nil
		if c.owe(rest[n:]); c.rest != nil {
			s.park(c)
			return
		}
	}
	s.unpark(c)
	s.catchUp(c)
}

// keepAlive is called by the wheel when something may be due: a heartbeat, a
// ping, or patience with a client that takes nothing has ended.
func (s *shard) keepAlive(c *conn) {
	if c.closed {
		return
	}
	opt := &s.server.opt
	switch {
	case c.parked:
		if s.now-c.last >= ticks(opt.WriteTimeout) {
			s.close(c, Stalled)
		}
	case c.kind.Beat != nil && s.now >= c.beat:
		s.setBeat(c)
		// A heartbeat takes a quiet client past what others were sent.
		if !s.catchUp(c) || c.parked {
			break
		}
		s.control(c, s.made(c, func() []byte { return c.kind.Beat(c.cursor.Position()) }))
	case s.now >= s.pingDue(c):
		s.control(c, []byte(ping))
	}
	if !c.closed {
		s.wheel.put(c, s.nextLook(c))
	}
}

func (s *shard) pingDue(c *conn) tick {
	ping := ticks(s.server.opt.Ping)
	return c.last + ping - min(c.early(ping), ping-1)
}

// nextLook is when something may be due next.
func (s *shard) nextLook(c *conn) tick {
	if c.parked {
		return c.last + ticks(s.server.opt.WriteTimeout)
	}
	at := s.pingDue(c)
	if c.kind.Beat != nil {
		at = min(at, c.beat)
	}
	return at
}

func (s *shard) setBeat(c *conn) {
	if c.kind.Beat == nil {
		return
	}
	every := ticks(c.kind.BeatEvery)
	if c.kind.BeatIdle {
		c.beat = s.now + every + 1 + tick(c.mark.row)%ticks(beatSpread)
		return
	}
	c.beat = max(c.beat+every, s.now+1)
}

// control writes bytes that belong to no event, between two frames.
func (s *shard) control(c *conn, b []byte) {
	n, errno := s.kernel.send(int(c.fd), b)
	s.writes++
	s.bytes += uint64(n)
	if n > 0 {
		c.last = s.now
	}
	switch {
	case errno != 0 && errno != unix.EAGAIN:
		s.close(c, whyErrno(errno))
	case n < len(b):
		if n > 0 {
			c.owe(b[n:])
		}
		s.park(c) // a heartbeat that found no room at all is not owed
	}
}

func whyErrno(errno error) Reason {
	if errno == unix.ETIMEDOUT {
		return Stalled
	}
	return Gone
}
