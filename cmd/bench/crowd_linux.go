package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// crowd is all subscribers. It belongs to one goroutine.
type crowd struct {
	target   *target
	epoll    int
	requests [][]byte // by channel
	streams  []stream
	events   []unix.EpollEvent
	buf      []byte
	source   [2]byte // second and third byte of the source addresses

	pending  int   // streams without a response
	accepted []int // streams that read, by channel, closed ones too
	open     []int // those of them that are not closed
	openGot  int64 // deliveries to those

	connected, refused, closed, stalled, stalledClosed int64
	firstRefusal                                       string

	received int64
	last     time.Time // of the newest delivery
	latency  *latencies
}

const (
	// inFlight is how many streams are opened at once.
	inFlight = 200
	// perSource is how many streams come from one loopback address: about 28,000
	// ports are free on each.
	perSource = 10000
)

// newCrowd prepares subscribers; close releases what they hold.
func newCrowd(t *target) (*crowd, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("prepare to wait for subscribers: %w", err)
	}
	c := &crowd{
		target: t, epoll: epoll, latency: newLatencies(), events: make([]unix.EpollEvent, 1024), buf: make([]byte, 1<<20),
		source:   [2]byte{byte(1 + rand.N(200)), byte(1 + rand.N(200))},
		accepted: make([]int, t.cfg.Channels), open: make([]int, t.cfg.Channels),
		streams: make([]stream, 0, t.cfg.Subscribers), // never moves: entries are pointed to
	}
	for i := range t.cfg.Channels {
		request, err := t.subscription(i)
		if err != nil {
			return nil, errors.Join(err, unix.Close(epoll))
		}
		c.requests = append(c.requests, request)
	}
	return c, nil
}

// close ends every stream.
func (c *crowd) close() error {
	var all []error
	for i := range c.streams {
		if s := &c.streams[i]; s.state != gone {
			all = append(all, unix.Close(s.fd))
		}
	}
	return errors.Join(append(all, unix.Close(c.epoll))...)
}

// connect opens every stream. It returns when all have had a response, when none has
// had one for the time of patience, or when ctx ends.
func (c *crowd) connect(ctx context.Context, progress func()) error {
	wait := newPatience(c.target.cfg.patience())
	for {
		more := len(c.streams) < c.target.cfg.Subscribers
		if ctx.Err() != nil || !more && c.pending == 0 || wait.over(c.connected+c.refused) {
			break
		}
		progress()
		if more && c.pending < inFlight {
			if err := c.dial(); err != nil {
				return err
			}
			if len(c.streams)%64 != 0 {
				continue
			}
		}
		pause := 10
		if more && c.pending < inFlight {
			pause = 0
		}
		if err := c.poll(pause); err != nil {
			return err
		}
	}
	if ctx.Err() == nil && c.pending > 0 {
		c.abandon()
	}
	return nil
}

// abandon counts streams without a response as refused.
func (c *crowd) abandon() {
	why := fmt.Errorf("no response within %v", c.target.cfg.patience())
	for i := range c.streams {
		if s := &c.streams[i]; s.state == dialing || s.state == asking {
			c.refuse(s, why)
		}
	}
}

// dial begins the next stream. Its error means that no more can be begun.
func (c *crowd) dial() error {
	i := len(c.streams)
	cfg := c.target.cfg
	// Spread evenly, so that every channel has some.
	stalled := int(float64(i+1)*cfg.Stalled) > int(float64(i)*cfg.Stalled)
	family, to := sockaddr(c.target.addr)
	fd, err := tcpSocket(family, stalled)
	if err != nil {
		return fmt.Errorf("subscriber %d: %w", i+1, err)
	}
	if to, ok := to.(*unix.SockaddrInet4); ok && to.Addr[0] == 127 {
		from := &unix.SockaddrInet4{Addr: [4]byte{127, c.source[0], c.source[1], byte(1 + i/perSource)}}
		if err := unix.Bind(fd, from); err != nil {
			return errors.Join(fmt.Errorf("subscriber %d: bind: %w", i+1, err), unix.Close(fd))
		}
	}
	c.streams = append(c.streams, stream{fd: fd, stalled: stalled, channel: i % cfg.Channels})
	s := &c.streams[i]
	c.pending++
	err = unix.Connect(fd, to)
	if err != nil && err != unix.EINPROGRESS {
		c.refuse(s, fmt.Errorf("connect to %v: %w", c.target.addr, err))
		return nil
	}
	interest := uint32(unix.EPOLLIN)
	if err != nil {
		interest |= unix.EPOLLOUT
	}
	if err := c.watch(unix.EPOLL_CTL_ADD, i, interest); err != nil {
		return err
	}
	if err == nil {
		c.ask(s)
	}
	return nil
}

// watch says what of a stream wakes the loop.
func (c *crowd) watch(op, i int, interest uint32) error {
	err := unix.EpollCtl(c.epoll, op, c.streams[i].fd, &unix.EpollEvent{Events: interest, Fd: int32(i)})
	if err != nil {
		return fmt.Errorf("wait for subscriber %d: %w", i+1, err)
	}
	return nil
}

func sockaddr(a netip.AddrPort) (family int, to unix.Sockaddr) {
	if a.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// patience notices that there is no more progress.
type patience struct {
	limit time.Duration
	seen  int64
	since time.Time
}

func newPatience(limit time.Duration) *patience { return &patience{limit, 0, time.Now()} }

// over reports whether n has been the same for too long.
func (p *patience) over(n int64) bool {
	if n != p.seen {
		p.seen, p.since = n, time.Now()
	}
	return time.Since(p.since) > p.limit
}
