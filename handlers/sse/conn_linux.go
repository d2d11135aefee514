package sse

import (
	"syscall"

	"golang.org/x/sys/unix"

	"latido/hub"
)

// conn is a taken-over connection: a descriptor and a place in the logs. It
// belongs to its shard's goroutine from add on.
type conn struct {
	kind   *Kind
	cursor *hub.Cursor
	lane   *lane
	next   *conn   // in the wheel's slot
	rest   *[]byte // of a frame that was written in part; it comes before all else
	key    *keyed
	ticket ticket
	fd     int32
	place  int32 // in lane.conns
	mark   mark

	last   tick // when a byte was last taken
	beat   tick // when the next heartbeat is due
	parked bool // the socket takes no more: waits for epoll to say otherwise
	closed bool
	doom   Reason // why it was ended before the shard had it; Gone for not at all
}

// mark names a connection to epoll: its row in the shard's table, and how often
// that row has been used, so that a late event for a row's former connection is
// known for what it is.
type mark struct{ row, use uint32 }

func (m mark) bits() uint64 { return uint64(m.row) | uint64(m.use)<<32 }

// early is how much before its time a connection pings: different for
// neighbours, so that the pings after an event for all do not fall together.
func (c *conn) early(ping tick) tick {
	return tick(uint64(c.mark.row*2654435761)*uint64(ping/pingSpread)>>32) + 1
}

// write sends the gap, if any, and the due frames of a batch in one call, and
// moves the cursor behind what was taken. What was written in part is kept as
// rest, and counts as taken: the client is owed its end. It answers whether
// everything was taken.
func (s *shard) write(c *conn, b *hub.Batch) (all bool, errno syscall.Errno) {
	var n, total int
	var gap []byte
	if b.Gap != nil {
		gap = s.made(c, func() []byte { return c.kind.Gap(*b.Gap) })
	}
	if len(gap) == 0 && len(b.Frames) == 1 {
		total = len(b.Frames[0])
		n, errno = s.kernel.send(int(c.fd), b.Frames[0])
	} else {
		s.vector = s.vector[:0]
		total = s.piece(gap)
		for _, f := range b.Frames {
			total += s.piece(f)
		}
		if total > 0 {
			n, errno = s.kernel.sendv(int(c.fd), s.vector)
			clear(s.vector)
		}
	}
	s.writes++
	if errno != 0 {
		n = 0
	}
	s.bytes += uint64(n)
	if n > 0 {
		c.last = s.now
	}
	if n == total && errno == 0 {
		s.deliveries += uint64(len(b.Frames))
		c.cursor.Pass(b, len(b.Frames))
		return true, 0
	}
	if errno != 0 && errno != unix.EAGAIN {
		return false, errno
	}
	s.keep(c, b, gap, n)
	return false, 0
}

// owe keeps what is left of a frame. Few connections have such a rest, so it
// costs all of them a pointer only.
func (c *conn) owe(b []byte) {
	if len(b) > 0 {
		c.rest = &b
	}
}

// piece adds bytes to the vector and answers how many they are.
func (s *shard) piece(b []byte) int {
	if len(b) > 0 {
		v := unix.Iovec{Base: &b[0]}
		v.SetLen(len(b)) // its type depends on the platform
		s.vector = append(s.vector, v)
	}
	return len(b)
}

// keep notes how far a write of n bytes came.
func (s *shard) keep(c *conn, b *hub.Batch, gap []byte, n int) {
	if n < len(gap) || n == 0 {
		// The gap has moved the cursor already, so the client is owed all of it.
		c.owe(gap[n:])
		c.cursor.Pass(b, 0)
		return
	}
	n -= len(gap)
	for i, f := range b.Frames {
		if n < len(f) {
			taken := i
			if n > 0 {
				c.owe(f[n:])
				taken++
			}
			s.deliveries += uint64(taken)
			c.cursor.Pass(b, taken)
			return
		}
		n -= len(f)
	}
}

// made calls what makes bytes for one stream. A panic there costs the stream
// these bytes, not the process, which many others share.
func (s *shard) made(c *conn, make func() []byte) (b []byte) {
	defer func() {
		if v := recover(); v != nil {
			b = nil
			s.server.opt.Logger.Error("a stream's own bytes could not be made", "error", v)
		}
	}()
	return make()
}
