package sse

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"latido/hub"
)

const canTakeOver = true

// maxShards bounds the writers: each keeps a processor busy when it has much
// to write, and the rest of the program needs some too.
const maxShards = 8

// takeover is the writers of taken-over connections. They are started by the
// first one.
type takeover struct {
	kernel kernel // set before the first stream, by tests; empty for the system's

	mu      sync.Mutex
	shards  []*shard
	stopped bool
	spread  time.Duration // of a drain that has begun
	drained bool
	next    atomic.Uint32
}

// shard answers the next writer in turn, starting them all at the first call.
func (t *takeover) shard(s *Server) (*shard, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return nil, ErrDraining
	}
	for n := min(runtime.GOMAXPROCS(0), maxShards); len(t.shards) < n; {
		w, err := startShard(s)
		if err != nil {
			return nil, fmt.Errorf("start a writer of streams: %w", err)
		}
		if t.drained {
			w.drain(t.spread)
		}
		t.shards = append(t.shards, w)
	}
	return t.shards[int(t.next.Add(1))%len(t.shards)], nil
}

// drain lets every writer end its streams over a time.
func (t *takeover) drain(spread time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drained, t.spread = true, spread
	for _, w := range t.shards {
		w.drain(spread)
	}
}

// endAll lets every writer end its streams.
func (t *takeover) endAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range t.shards {
		w.endAll()
	}
}

// stop cuts off what is left and waits for the writers to end.
func (t *takeover) stop() {
	t.mu.Lock()
	t.stopped = true
	shards := t.shards
	t.shards = nil
	t.mu.Unlock()
	for _, w := range shards {
		w.stop()
	}
}

// takeOver takes a connection away from net/http, sends the head and the
// hello, and hands its descriptor to a writer.
func (s *Server) takeOver(w http.ResponseWriter, r *http.Request, st Stream, t ticket, tcp *net.TCPConn) (err error) {
	fd := -1
	defer func() {
		if err != nil {
			if fd >= 0 {
				unix.Close(fd)
			}
			st.abandon()
			s.leave(t, Failed)
		}
	}()
	all := s.untilAll()
	writer, err := s.taken.shard(s)
	if err != nil {
		return err
	}
	head := heads.Get().(*bytes.Buffer)
	defer heads.Put(head)
	head.Reset()
	writeHead(head, r, w.Header())
	head.Write(st.Hello)
	hijacked, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("take a connection over: %w", err)
	}
	if st.Cursor.Backlog() {
		if why, err := s.readBack(r.Context(), all, hijacked, head.Bytes(), st); err != nil || st.Cursor.Backlog() {
			hijacked.Close()
			st.abandon()
			s.leave(t, why)
			return nil // the response has begun, and ends like one
		}
		head.Reset()
	}
	fd, err = detach(tcp, hijacked)
	if err != nil {
		return fmt.Errorf("take a connection's descriptor: %w", err)
	}
	if buffered.Reader.Buffered() > 0 {
		unix.Close(fd)
		fd = -1
		st.abandon()
		s.leave(t, Spoke)
		return nil
	}
	c := &conn{fd: int32(fd), kind: st.Kind, cursor: st.Cursor, ticket: t}
	// Before the first byte: a client that has read one may come again at once,
	// and of two streams the one that began later is the newer.
	c.key = s.claim(st, func(why Reason) { writer.end(c, why) })
	// The first bytes go out here: this is the request's own goroutine, and the
	// writer has others to think of.
	first := head.Bytes()
	if len(first) > 0 {
		n, _ := writer.kernel.send(fd, first) // epoll tells the writer what is wrong, if anything is
		s.count.bytes.Add(uint64(n))
		s.count.writes.Add(1)
		c.owe(bytes.Clone(first[n:]))
	}
	if !writer.add(c) { // the drain is over: the response has begun, so it ends like one
		s.unclaim(c.key)
		unix.Close(fd)
		st.Cursor.Close()
		s.leave(t, Drained)
	}
	select {
	case <-all: // it may have been too late for the writer to know of this one
		writer.end(c, Revoked)
	default:
	}
	return nil
}

// readBack sends the head and what memory does not keep, in the request's own
// goroutine: it waits for the journal and for its client, and a writer has others
// to think of. Where it ends early the cursor still has a backlog, and why says
// what for.
func (s *Server) readBack(ctx context.Context, all <-chan struct{}, conn net.Conn, head []byte, st Stream) (why Reason, err error) {
	send := func(b []byte) error {
		if err := conn.SetWriteDeadline(time.Now().Add(s.opt.WriteTimeout)); err != nil {
			return fmt.Errorf("set a stream's write deadline: %w", err)
		}
		n, err := conn.Write(b)
		s.count.bytes.Add(uint64(n))
		s.count.writes.Add(1)
		if err != nil {
			return fmt.Errorf("write to a stream: %w", err)
		}
		return nil
	}
	if err := send(head); err != nil {
		return whyFailed(err), err
	}
	var b hub.Batch
	var out []byte
	for st.Cursor.Backlog() {
		select {
		case <-s.drain:
			return Drained, send(s.hint(Drained))
		case <-all:
			return Revoked, send(s.hint(Revoked))
		default:
		}
		if err := st.Cursor.ReadBack(ctx, &b); err != nil {
			s.opt.Logger.Warn("a replay ends early", "error", err)
			return Behind, send(s.hint(Behind))
		}
		out = out[:0]
		if b.Gap != nil {
			if st.Kind.Gap == nil {
				return Behind, send(s.hint(Behind))
			}
			out = append(out, st.Kind.Gap(*b.Gap)...)
		}
		for _, f := range b.Frames {
			out = append(out, f...)
		}
		s.count.deliveries.Add(uint64(len(b.Frames)))
		st.Cursor.Pass(&b, len(b.Frames))
		if len(out) > 0 {
			if err := send(out); err != nil {
				return whyFailed(err), err
			}
		}
	}
	return Gone, nil
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
	// clients that come at once this was the dearest part of ours.
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

// oneLine keeps a value from ending its line (RFC 9110, section 5.5).
var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

// detach answers a descriptor of the connection's socket that is ours alone:
// a duplicate, so that closing the net.Conn, which takes it off the runtime's
// poller, leaves the socket open.
func detach(tcp *net.TCPConn, hijacked net.Conn) (fd int, err error) {
	defer hijacked.Close()
	raw, err := tcp.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("reach the socket: %w", err)
	}
	fd = -1
	var dupErr error
	if err := raw.Control(func(s uintptr) {
		fd, dupErr = unix.FcntlInt(s, unix.F_DUPFD_CLOEXEC, 3)
	}); err != nil {
		return -1, fmt.Errorf("reach the socket: %w", err)
	}
	if dupErr != nil {
		return -1, fmt.Errorf("duplicate the descriptor: %w", dupErr)
	}
	return fd, nil
}
