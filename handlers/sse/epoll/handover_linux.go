package epoll

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
)

// Serve takes a connection away from net/http, sends the head, the preamble and a
// replay, if any, and hands its descriptor to a shard. Until then the descriptor is
// this goroutine's.
func (t *transport) Serve(w http.ResponseWriter, r *http.Request, st *sse.Stream, session *sse.Session) (err error) {
	defer func() {
		if err != nil {
			session.Leave(sse.Failed)
		}
	}()
	shard, err := t.shard()
	if err != nil {
		return err
	}
	head := heads.Get().(*bytes.Buffer)
	defer heads.Put(head)
	head.Reset()
	writeHead(head, r, w.Header())
	head.Write(st.Preamble)
	hijacked, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("take a connection over: %w", err)
	}
	// The response has begun now, so whatever ends the stream is no error.
	if st.Cursor.Backlog() {
		if why, over := t.replays.Replay(r.Context(), st, session, hijacked, head.Bytes()); over {
			hijacked.Close()
			session.Leave(why)
			return nil
		}
		head.Reset()
	}
	fd, err := detach(tcpConn(r), hijacked)
	if err != nil {
		return fmt.Errorf("take a connection's descriptor: %w", err)
	}
	if buffered.Reader.Buffered() > 0 {
		unix.Close(fd)
		session.Leave(sse.ClientSent)
		return nil
	}
	t.handOver(shard, session, fd, head.Bytes())
	return nil
}

// handOver sends the first bytes from this goroutine, because the shard has others
// to write to, and gives the descriptor to the shard.
func (t *transport) handOver(s *shard, session *sse.Session, fd int, first []byte) {
	c := &connection{Session: *session, fd: int32(fd)}
	// Before the first byte: a client that has read one may come again at once,
	// and of two streams the one that began later is the newer.
	c.Begin(func(why sse.EndReason) { s.end(c, why) })
	if len(first) > 0 {
		n, _ := s.kernel.send(fd, first) // epoll tells the shard what is wrong, if anything is
		t.server.Counters().Bytes.Add(uint64(n))
		t.server.Counters().Writes.Add(1)
		if n < len(first) {
			first = bytes.Clone(first) // the rest outlives the buffer
		}
		o := c.Preamble(first)
		c.Wrote(t.server.Now(), nil, &o, n)
	}
	if !s.add(c) { // the drain is over
		unix.Close(fd)
		session.Leave(sse.Drained)
		return
	}
	if session.Revoked() { // by an EndAll that the shard may have heard before
		s.revoke(c)
	}
}

// heads are buffers for first bytes: of many connections that come at once, most
// of the garbage would be these.
var heads = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// writeHead writes the status line and the header fields. Without a length and
// without chunks the body ends with the connection (RFC 9112, section 6.3).
func writeHead(b *bytes.Buffer, r *http.Request, h http.Header) {
	if r.ProtoAtLeast(1, 1) {
		b.WriteString("HTTP/1.1 200 OK\r\n")
	} else {
		b.WriteString("HTTP/1.0 200 OK\r\n")
	}
	h["Connection"] = closing
	b.WriteString("Date: ")
	b.Write(time.Now().UTC().AppendFormat(b.AvailableBuffer(), http.TimeFormat))
	b.WriteString("\r\n")
	// Not by h.Write, which sorts: the order means nothing, and of ten thousand
	// clients that come at once this was the most expensive part of ours.
	for name, values := range h {
		for _, v := range values {
			b.WriteString(name)
			b.WriteString(": ")
			b.WriteString(oneLine.Replace(v))
			b.WriteString("\r\n")
		}
	}
	b.WriteString("\r\n")
}

var closing = []string{"close"}

// oneLine keeps a value from ending its line (RFC 9110, section 5.5).
var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

// detach returns a descriptor of the connection's socket that no net.Conn knows: a
// duplicate, so that closing the net.Conn, which takes it off the runtime's poller,
// leaves the socket open.
func detach(tcp *net.TCPConn, hijacked net.Conn) (fd int, err error) {
	defer hijacked.Close()
	raw, err := tcp.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("reach the socket: %w", err)
	}
	var failed error
	reach := raw.Control(func(s uintptr) { fd, failed = unix.FcntlInt(s, unix.F_DUPFD_CLOEXEC, 3) })
	if err := errors.Join(reach, failed); err != nil {
		return -1, fmt.Errorf("duplicate the descriptor: %w", err)
	}
	return fd, nil
}
