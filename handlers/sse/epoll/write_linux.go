package epoll

import (
	"syscall"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
	"latido/hub"
)

// connection is a taken-over descriptor and its session. It is its shard's from add
// on.
type connection struct {
	sse.Session
	lane   *lane
	next   *connection // in the wheel's slot
	fd     int32       // -1 once it is closed
	index  int32       // in lane.conns
	handle handle
}

// pump writes once what the session wants, and reports whether there may be more at
// once. b is filled for the session where it has not been for another at the same
// position.
func (s *shard) pump(c *connection, b *hub.Batch) (more bool) {
	if c.Reads() {
		c.Cursor().Due(b)
	}
	o := c.Next(s.now, b)
	n, errno, total := 0, syscall.Errno(0), o.Len()
	if total > 0 {
		if n, errno = s.send(int(c.fd), &o); errno != 0 {
			n = 0
		}
		s.writes++
		s.bytes += uint64(n)
		if errno != 0 && errno != unix.EAGAIN {
			s.abort(c, whyErrno(errno))
			return false
		}
	}
	s.deliveries += uint64(c.Wrote(s.now, b, &o, n))
	if _, over := c.Ended(); over {
		s.close(c)
		return false
	}
	if n < total {
		s.park(c)
	}
	return o.More
}

// catchUp writes to one connection until it is at the end or takes no more, and
// reports whether it is still open.
func (s *shard) catchUp(c *connection) (open bool) {
	b := &s.own
	for more := true; more && c.fd >= 0; {
		b.Reset()
		more = s.pump(c, b)
	}
	b.Reset()
	return c.fd >= 0
}

// send passes an output to the kernel in one call.
func (s *shard) send(fd int, o *sse.Output) (n int, errno syscall.Errno) {
	switch {
	case len(o.Frames) == 0:
		return s.kernel.send(fd, o.Lead)
	case len(o.Frames) == 1 && len(o.Lead) == 0:
		return s.kernel.send(fd, o.Frames[0])
	}
	s.iovecs = appendIovec(s.iovecs[:0], o.Lead)
	for _, f := range o.Frames {
		s.iovecs = appendIovec(s.iovecs, f)
	}
	n, errno = s.kernel.sendv(fd, s.iovecs)
	clear(s.iovecs)
	return n, errno
}

func appendIovec(v []unix.Iovec, b []byte) []unix.Iovec {
	if len(b) == 0 {
		return v
	}
	one := unix.Iovec{Base: &b[0]}
	one.SetLen(len(b))
	return append(v, one)
}

// park leaves a connection alone until epoll says that it takes more. It is asked
// for again each time, because the kernel promises an edge after a refusal, not after
// a write that it took in part.
func (s *shard) park(c *connection) {
	s.server.Counters().Parked.Add(1)
	if err := s.poll.addWrite(int(c.fd), c.handle); err != nil {
		s.server.Options().Logger.Error("a stream could not be watched", "error", err)
		s.abort(c, sse.Failed)
	}
}

// resume goes on with a connection that takes bytes again.
func (s *shard) resume(c *connection) {
	s.server.Counters().Parked.Add(-1)
	c.Writable()
	s.catchUp(c)
}

// abort ends a connection without another byte.
func (s *shard) abort(c *connection, why sse.EndReason) {
	if c.fd >= 0 {
		c.Abort(why)
		s.close(c)
	}
}

// close closes the descriptor of a session that has ended, once. The row is free
// afterwards, and its generation tells a late event of epoll that it is late.
func (s *shard) close(c *connection) {
	why, _ := c.Ended()
	if why == sse.Stalled {
		// What the kernel still holds for this client is thrown away with it.
		_ = unix.SetsockoptLinger(int(c.fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	unix.Close(int(c.fd)) // takes it off epoll, unless another process has it too
	c.fd = -1
	if c.Blocked() {
		s.server.Counters().Parked.Add(-1)
	}
	s.release(c)
	s.part(c)
	s.server.Counters().TakenOver.Add(-1)
	c.Leave(why)
	c.Session = sse.Session{} // the wheel may hold c for a while
}

func whyErrno(errno syscall.Errno) sse.EndReason {
	if errno == unix.ETIMEDOUT { // TCP_USER_TIMEOUT
		return sse.Stalled
	}
	return sse.PeerClosed
}
