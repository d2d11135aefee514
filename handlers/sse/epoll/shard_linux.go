package epoll

import (
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
	"latido/hub"
)

// shard writes many connections from one goroutine. From admit on, the descriptors
// are written, watched and closed there, so none is used after it has been closed.
type shard struct {
	server  *sse.Server
	kernel  kernel
	poll    *poll
	wakes   chan struct{} // holds one: there is mail
	running sync.WaitGroup

	mu   sync.Mutex
	mail mailbox
	over bool // it takes no more connections

	// The rest belongs to run.
	now      time.Duration
	rows     []*connection // by handle.row; nil where free
	used     []uint32      // generations of the rows
	free     []uint32
	early    map[*connection]ending // ended before they were admitted
	lanes    map[*hub.Feed]*lane
	wheel    wheel
	draining bool
	leaving  []leaving // in the order of the drain

	shared hub.Batch // of the lane that is written
	own    hub.Batch // of a connection that catches up by itself
	iovecs []unix.Iovec

	writes, bytes, deliveries uint64 // not added to the counters yet
}

// handle names a connection to epoll: its row in the shard's table, and how often
// that row has been used. A child process between fork and exec has the descriptors
// too, so an event for a connection that is closed here may still come; the
// generation tells it from one for the row's next connection.
type handle struct{ row, generation uint32 }

func startShard(server *sse.Server, k kernel) (*shard, error) {
	s := &shard{server: server, kernel: k, wakes: make(chan struct{}, 1),
		early: map[*connection]ending{}, lanes: map[*hub.Feed]*lane{}}
	var err error
	if s.poll, err = newPoll(func() { s.ask(func(m *mailbox) { m.events = true }) }); err != nil {
		return nil, err
	}
	s.running.Go(s.run)
	return s, nil
}

func (s *shard) run() {
	defer s.poll.close()
	timer := time.NewTimer(tickLength)
	defer timer.Stop()
	var m mailbox
	for {
		if s.empty() {
			<-s.wakes // nothing to time: sleep until asked
		} else {
			timer.Reset(s.longestSleep())
			select {
			case <-s.wakes:
			case <-timer.C:
			}
		}
		began := time.Now()
		m = s.take(m)
		s.round(&m)
		if m.stop {
			s.cutOff()
			return
		}
		s.pause(time.Since(began))
	}
}

// empty reports whether there is no connection to keep time for.
func (s *shard) empty() bool { return len(s.rows) == len(s.free) }

func (s *shard) longestSleep() time.Duration {
	if len(s.leaving) > 0 {
		return tickLength / 10
	}
	return tickLength
}

// round does what is asked, and what is due by the clock.
func (s *shard) round(m *mailbox) {
	s.now = s.server.Now()
	if m.events {
		s.handleEvents()
	}
	if m.drain && !s.draining {
		s.planDrain(m.spread)
	}
	for _, c := range m.conns {
		s.admit(c)
	}
	if m.all {
		s.revokeAll()
	}
	for _, l := range m.lanes {
		s.deliver(l)
	}
	for _, e := range m.ends {
		if e.conn.handle.generation == 0 {
			s.early[e.conn] = e
			continue
		}
		s.finish(e)
	}
	s.wheel.advance(tick(s.now/tickLength), s.check)
	s.leave()
	s.count()
	if len(m.lanes) > 0 {
		end := time.Now()
		s.server.Counters().Lag.Add(end, end.Sub(m.since))
		s.server.Options().Timings.Queue.Observe(end.Sub(m.since))
	}
}

// count adds the numbers of a round to the server's.
func (s *shard) count() {
	c := s.server.Counters()
	if s.writes > 0 {
		c.Writes.Add(s.writes)
		c.Bytes.Add(s.bytes)
		c.Deliveries.Add(s.deliveries)
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

func (s *shard) pause(worked time.Duration) {
	if worked >= busy {
		time.Sleep(min(worked, maxPause))
	}
}

// yield lets others run in the middle of a long round: with one processor they
// would wait for all of it, and the journal is among them.
func (s *shard) yield() {
	s.count()
	runtime.Gosched()
}

// admit takes a connection into the table, epoll, its lane and the wheel, and
// brings it up to date.
func (s *shard) admit(c *connection) {
	s.occupy(c)
	s.server.Counters().TakenOver.Add(1)
	s.join(c)
	if c.Blocked() { // the first bytes did not fit
		s.server.Counters().Parked.Add(1)
	}
	if err := s.poll.add(int(c.fd), c.handle, c.Blocked()); err != nil {
		s.server.Options().Logger.Error("a stream could not be set up", "error", err)
		s.abort(c, sse.Failed)
		return
	}
	if e, ended := s.early[c]; ended {
		delete(s.early, c)
		s.finish(e)
		return
	}
	if s.draining {
		s.letGo(c, sse.Drained)
		return
	}
	if s.catchUp(c) {
		s.wheel.put(c, tickAfter(c.NextAt()))
	}
}

// occupy gives a connection a row of the table.
func (s *shard) occupy(c *connection) {
	if n := len(s.free); n > 0 {
		c.handle.row = s.free[n-1]
		s.free = s.free[:n-1]
		s.rows[c.handle.row] = c
	} else {
		c.handle.row = uint32(len(s.rows))
		s.rows, s.used = append(s.rows, c), append(s.used, 0)
	}
	s.used[c.handle.row]++
	c.handle.generation = s.used[c.handle.row]
}

func (s *shard) release(c *connection) {
	s.rows[c.handle.row] = nil
	s.free = append(s.free, c.handle.row)
}

// check is called by the wheel when something may be due.
func (s *shard) check(c *connection) {
	if c.fd >= 0 && s.catchUp(c) {
		s.wheel.put(c, tickAfter(c.NextAt()))
	}
}

// handleEvents does what epoll has to say.
func (s *shard) handleEvents() {
	for {
		events, err := s.poll.take()
		if err != nil {
			s.server.Options().Logger.Error("streams are not watched any more", "error", err)
			return
		}
		for i := range events {
			h := handleOf(&events[i])
			if c := s.rows[h.row]; c != nil && c.handle == h {
				s.handle(c, events[i].Events)
			}
		}
		if len(events) == 0 {
			return
		}
	}
}

func (s *shard) handle(c *connection, events uint32) {
	switch {
	case events&(unix.EPOLLERR|unix.EPOLLHUP|unix.EPOLLRDHUP) != 0:
		why := sse.PeerClosed
		if e, err := unix.GetsockoptInt(int(c.fd), unix.SOL_SOCKET, unix.SO_ERROR); err == nil && e == int(unix.ETIMEDOUT) {
			why = sse.Stalled // TCP_USER_TIMEOUT
		}
		s.abort(c, why)
	case events&unix.EPOLLIN != 0:
		s.abort(c, sse.ClientSent)
	case events&unix.EPOLLOUT != 0 && c.Blocked():
		s.resume(c)
	}
}
