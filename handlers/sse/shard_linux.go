package sse

import (
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"latido/hub"
)

// shard writes many taken-over connections from one goroutine, which alone
// touches them: their descriptors are written, watched and closed there and
// nowhere else, so none can be used after it has been closed.
type shard struct {
	server *Server
	poll   *poll
	began  time.Time
	wakes  chan struct{} // one place: somebody wants something
	ended  chan struct{}
	kernel kernel

	mu   sync.Mutex
	want wants
	over bool // it takes no more connections

	// The rest belongs to run.
	now      tick
	rows     []*conn // by mark.row; nil where free
	uses     []uint32
	free     []uint32
	lanes    map[*hub.Feed]*lane
	wheel    wheel
	leaving  []*conn // the order of a drain
	leaveAt  []time.Duration
	draining bool
	left     time.Time // when the drain began

	batch  hub.Batch // of the lane that is written
	own    hub.Batch // of a connection that catches up by itself
	vector []unix.Iovec

	writes, bytes, deliveries uint64 // not added to the counters yet
}

func startShard(s *Server) (*shard, error) {
	w := &shard{server: s, began: time.Now(), wakes: make(chan struct{}, 1), ended: make(chan struct{}),
		kernel: s.taken.kernel, lanes: map[*hub.Feed]*lane{}}
	if w.kernel.send == nil {
		w.kernel = kernel{sendBytes, sendVector}
	}
	var err error
	if w.poll, err = newPoll(func() { w.ask(func(q *wants) { q.look = true }) }); err != nil {
		return nil, err
	}
	go w.run()
	return w, nil
}

func (s *shard) run() {
	defer close(s.ended)
	defer s.poll.close()
	timer := time.NewTimer(tickLength)
	defer timer.Stop()
	var q wants
	for {
		if s.alone() {
			<-s.wakes // nothing to time: sleep until asked
		} else {
			timer.Reset(s.step())
			select {
			case <-s.wakes:
			case <-timer.C:
			}
		}
		began := time.Now()
		q = s.take(q)
		s.round(&q, began)
		if q.stop {
			s.cutOff()
			return
		}
		s.rest(time.Since(began))
	}
}

// alone reports whether there is no connection to keep time for.
func (s *shard) alone() bool { return len(s.rows) == len(s.free) }

// step is how long to sleep at most.
func (s *shard) step() time.Duration {
	if len(s.leaving) > 0 {
		return tickLength / 10
	}
	return tickLength
}

// round does what is wanted, and what is due by the clock.
func (s *shard) round(q *wants, began time.Time) {
	s.now = tick(began.Sub(s.began)/tickLength) + 1
	if q.look {
		s.look()
	}
	if q.drain && !s.draining {
		s.planDrain(q.after, began)
	}
	for _, c := range q.conns {
		s.admit(c)
	}
	if q.all {
		s.revokeAll()
	}
	for _, l := range q.lanes {
		s.pass(l)
	}
	for _, e := range q.ends {
		if e.conn.lane == nil {
			e.conn.doom = e.why
			continue
		}
		s.close(e.conn, e.why)
	}
	s.wheel.turn(s.now, s.keepAlive)
	s.leave(began)
	s.count()
	if len(q.lanes) > 0 {
		end := time.Now()
		s.server.count.lag.add(end, end.Sub(q.since))
	}
}

// count adds the numbers of a round to the server's.
func (s *shard) count() {
	c := &s.server.count
	if s.writes > 0 {
		c.writes.Add(s.writes)
		c.bytes.Add(s.bytes)
		c.deliveries.Add(s.deliveries)
		s.writes, s.bytes, s.deliveries = 0, 0, 0
	}
}

// A shard that had much to do pauses as long as it worked, so that the next
// round finds several events to send in one write: under load fewer system
// calls carry more, and the processor stays free for what makes the events.
const (
	busy     = 250 * time.Microsecond
	maxPause = 5 * time.Millisecond
)

func (s *shard) rest(worked time.Duration) {
	if worked >= busy {
		time.Sleep(min(worked, maxPause))
	}
}

// admit takes a connection into the table, epoll, its lane and the wheel, and
// brings it up to date.
func (s *shard) admit(c *conn) {
	if n := len(s.free); n > 0 {
		c.mark.row = s.free[n-1]
		s.free = s.free[:n-1]
		s.rows[c.mark.row] = c
	} else {
		c.mark.row = uint32(len(s.rows))
		s.rows, s.uses = append(s.rows, c), append(s.uses, 0)
	}
	s.uses[c.mark.row]++
	c.mark.use = s.uses[c.mark.row]
	s.server.count.takenOver.Add(1)
	s.join(c)
	c.last = s.now
	if err := s.poll.add(int(c.fd), c.mark.bits()); err != nil {
		s.server.opt.Logger.Error("a stream could not be set up", "error", err)
		s.close(c, Failed)
		return
	}
	if c.doom != Gone {
		s.close(c, c.doom)
		return
	}
	if s.draining {
		s.letGo(c, Drained)
		return
	}
	c.beat = s.now
	s.setBeat(c)
	if c.rest != nil {
		s.park(c)
	}
	if s.catchUp(c) {
		s.wheel.put(c, s.nextLook(c))
	}
}

// close ends a connection, once. The row is free afterwards, and its use count
// tells a late event of epoll that it is late.
func (s *shard) close(c *conn, why Reason) {
	if c.closed {
		return
	}
	c.closed = true
	if why == Stalled {
		// What the kernel still holds for this client is thrown away with it.
		_ = unix.SetsockoptLinger(int(c.fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	unix.Close(int(c.fd)) // takes it off epoll as well
	if s.rows[c.mark.row] == c {
		s.rows[c.mark.row] = nil
		s.free = append(s.free, c.mark.row)
	}
	s.unpark(c)
	s.part(c)
	c.cursor.Close()
	s.server.unclaim(c.key)
	s.server.count.takenOver.Add(-1)
	s.server.leave(c.ticket, why)
	c.rest, c.cursor, c.key = nil, nil, nil // the wheel may hold c for a while
}

// look handles what epoll has to say.
func (s *shard) look() {
	for {
		events, err := s.poll.look()
		if err != nil {
			s.server.opt.Logger.Error("streams are not watched any more", "error", err)
			return
		}
		for i := range events {
			m := markOf(&events[i])
			row, use := uint32(m), uint32(m>>32)
			if c := s.rows[row]; c != nil && c.mark.use == use {
				s.happened(c, events[i].Events)
			}
		}
		if len(events) == 0 {
			return
		}
	}
}

func (s *shard) happened(c *conn, events uint32) {
	switch {
	case events&(unix.EPOLLERR|unix.EPOLLHUP|unix.EPOLLRDHUP) != 0:
		why := Gone
		if e, err := unix.GetsockoptInt(int(c.fd), unix.SOL_SOCKET, unix.SO_ERROR); err == nil && e == int(unix.ETIMEDOUT) {
			why = Stalled // TCP_USER_TIMEOUT
		}
		s.close(c, why)
	case events&unix.EPOLLIN != 0:
		s.close(c, Spoke)
	case events&unix.EPOLLOUT != 0 && c.parked:
		s.resume(c)
	}
}

// yield lets others run in the middle of a long round: with one processor they
// would wait for all of it, and the journal is among them.
func (s *shard) yield() {
	s.count()
	runtime.Gosched()
}
