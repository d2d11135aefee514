package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// poll serves what is due, waiting for it for at most that many milliseconds.
func (c *crowd) poll(ms int) error {
	n, err := unix.EpollWait(c.epoll, c.events, ms)
	if err != nil && err != unix.EINTR {
		return fmt.Errorf("wait for subscribers: %w", err)
	}
	for _, e := range c.events[:max(n, 0)] {
		if err := c.serve(int(e.Fd), e.Events); err != nil {
			return err
		}
	}
	return nil
}

func (c *crowd) serve(i int, events uint32) error {
	s := &c.streams[i]
	switch {
	case s.state == gone:
	case s.state == dialing:
		if code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
			c.refuse(s, fmt.Errorf("connect to %v: %w", c.target.addr, errors.Join(err, unix.Errno(code))))
			return nil
		}
		if events&unix.EPOLLOUT == 0 {
			return nil
		}
		if err := c.watch(unix.EPOLL_CTL_MOD, i, unix.EPOLLIN); err != nil {
			return err
		}
		c.ask(s)
	case s.state == flowing && s.stalled:
		// It is woken only by the end of its connection.
		c.lose(s, io.EOF)
	default:
		c.read(s)
		if s.state == flowing && s.stalled {
			return c.watch(unix.EPOLL_CTL_MOD, i, unix.EPOLLRDHUP)
		}
	}
	return nil
}

// ask sends the request of a new connection. It is small: a socket that does not
// take it whole is broken.
func (c *crowd) ask(s *stream) {
	s.state = asking
	request := c.requests[s.channel]
	n, err := unix.Write(s.fd, request)
	if err == nil && n < len(request) {
		err = io.ErrShortWrite
	}
	if err != nil {
		c.refuse(s, fmt.Errorf("send the request: %w", err))
	}
}

// spare is the space kept free before what is read, for the tail of the last read.
const spare = markerLen

// read takes everything that a stream has.
func (c *crowd) read(s *stream) {
	into := c.buf[spare:]
	for s.state != gone {
		n, err := unix.Read(s.fd, into)
		switch {
		case err == unix.EAGAIN:
			return
		case err == unix.EINTR:
			continue
		case err != nil:
			c.lose(s, err)
			return
		case n == 0:
			c.lose(s, io.EOF)
			return
		}
		c.take(s, n)
		// A read that did not fill the half of the buffer has emptied the socket,
		// nearly always; if not, epoll says so again.
		if s.stalled || n < len(into)/2 {
			return
		}
	}
}

// take looks through n bytes that were read into the buffer.
func (c *crowd) take(s *stream, n int) {
	b := c.buf[spare : spare+n]
	if s.state == asking {
		body, err := s.response(b)
		if err == errNotYet {
			return
		}
		if err != nil {
			c.refuse(s, err)
			return
		}
		c.accept(s)
		b = c.buf[spare : spare+copy(c.buf[spare:], body)]
	}
	if s.stalled {
		return
	}
	if s.chunked {
		b = s.chunks.decode(b)
	}
	c.count(s, len(b))
	// The last chunk ends a stream although the connection stays.
	if s.chunks.state == atEnd {
		c.lose(s, io.EOF)
	}
}

// count finds the events in the n bytes of data at the buffer's front, and in
// what was left over before them.
func (c *crowd) count(s *stream, n int) {
	from := spare - s.tailLen
	copy(c.buf[from:], s.tail[:s.tailLen])
	b := c.buf[from : spare+n]
	var now time.Time
	rest := scan(b, func(nanos int64) {
		if now.IsZero() {
			now = time.Now()
		}
		c.latency.add(time.Duration(now.UnixNano() - nanos))
		c.received++
		s.got++
		c.openGot++
		c.last = now
	})
	s.tailLen = copy(s.tail[:], b[len(b)-rest:])
}

// accept counts a stream that the server has granted.
func (c *crowd) accept(s *stream) {
	s.state = flowing
	c.pending--
	c.connected++
	if s.stalled {
		c.stalled++
		return
	}
	c.accepted[s.channel]++
	c.open[s.channel]++
}

// refuse ends a stream that the server has not granted.
func (c *crowd) refuse(s *stream, why error) {
	c.pending--
	if c.refused++; c.refused == 1 {
		c.firstRefusal = why.Error()
	}
	c.end(s)
}

// lose ends a stream that the server has closed.
func (c *crowd) lose(s *stream, why error) {
	switch {
	case s.state != flowing:
		c.refuse(s, fmt.Errorf("closed before its response: %w", why))
		return
	case s.stalled:
		c.stalledClosed++
	default:
		c.closed++
		c.open[s.channel]--
		c.openGot -= s.got
	}
	c.end(s)
}

// end closes a stream's socket. The error of close does not matter: the descriptor
// is free either way.
func (c *crowd) end(s *stream) {
	s.state = gone
	_ = unix.Close(s.fd)
}
