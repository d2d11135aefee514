package epoll

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/conn"
)

// maxShards bounds the writing goroutines: each keeps a processor busy when it has
// much to write, and the rest of the program needs some too.
const maxShards = 8

// transport owns the shards of a server. The first stream starts them.
type transport struct {
	server  *sse.Server
	replays *conn.Transport // carries a stream until its cursor has no backlog
	kernel  kernel

	mu       sync.Mutex
	shards   []*shard
	next     int // shard that gets the next stream
	stopped  bool
	draining bool
	spread   time.Duration // of a drain that has begun
}

// New is an sse.NewTransport. On Linux the transport accepts plain HTTP/1.1
// connections that ConnContext has seen; elsewhere it is that of package conn.
func New(s *sse.Server) sse.Transport {
	return &transport{server: s, replays: conn.New(s).(*conn.Transport), kernel: kernel{sendBytes, sendVector}}
}

// Accepts reports whether a stream can be written without net/http. TLS and HTTP/2
// have records and frames of their own, and what wraps a connection may count its
// bytes. A conflated stream has events and times of its own, so there is nothing to
// share in a lane. A lease may end while a replay is read back, which Replay does
// not hear.
func (t *transport) Accepts(r *http.Request, st *sse.Stream) bool {
	return r.ProtoMajor == 1 && r.TLS == nil && tcpConn(r) != nil && st.Conflated == nil &&
		(st.Lease == nil || !st.Cursor.Backlog())
}

func tcpConn(r *http.Request) *net.TCPConn {
	c, _ := r.Context().Value(connKey{}).(*net.TCPConn)
	return c
}

// shard returns the next shard in turn, starting them all at the first call.
func (t *transport) shard() (*shard, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return nil, sse.ErrDraining
	}
	for n := min(runtime.GOMAXPROCS(0), maxShards); len(t.shards) < n; {
		s, err := startShard(t.server, t.kernel)
		if err != nil {
			return nil, fmt.Errorf("start a writer of streams: %w", err)
		}
		if t.draining {
			s.drain(t.spread)
		}
		t.shards = append(t.shards, s)
	}
	t.next = (t.next + 1) % len(t.shards)
	return t.shards[t.next], nil
}

// EndAll ends the streams that the shards have, as Revoked.
func (t *transport) EndAll() {
	t.replays.EndAll()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.shards {
		s.endAll()
	}
}

// Drain lets every shard end its streams over spread.
func (t *transport) Drain(spread time.Duration) {
	t.replays.Drain(spread)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draining, t.spread = true, spread
	for _, s := range t.shards {
		s.drain(spread)
	}
}

// Stop cuts off what is left and waits for the shards to end.
func (t *transport) Stop() {
	t.replays.Stop()
	t.mu.Lock()
	t.stopped = true
	shards := t.shards
	t.shards = nil
	t.mu.Unlock()
	for _, s := range shards {
		s.stop()
	}
}
