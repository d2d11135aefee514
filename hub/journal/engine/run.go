package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub/journal/fsync"
)

// Run is one run of NATS: from its start to its end or first failed write. All
// methods may be called concurrently.
type Run struct {
	cfg    Config
	srv    *server.Server  // in this process; nil on a cluster
	before shutdown        // how the Run before ended; of a folder
	begun  atomic.Bool     // Begin has been called
	broken context.Context // ends, with the cause, when no write can succeed any more
	fail   context.CancelCauseFunc
	full   atomic.Pointer[error] // why the disk has no room; see watch

	mu         sync.Mutex
	conns      []*nats.Conn
	committers map[string]*fsync.Committer // by stream
}

func newRun(cfg Config) (r *Run, err error) {
	r = &Run{cfg: cfg, committers: map[string]*fsync.Committer{}}
	r.broken, r.fail = context.WithCancelCause(context.Background())
	if cfg.Cluster == nil {
		r.before, err = readShutdown(cfg.Dir)
	}
	return r, err
}

// start starts the server on the folder, or waits until one of the cluster can be
// connected to.
func (r *Run) start(ctx context.Context) (err error) {
	if r.cfg.Cluster != nil {
		return firstContact(ctx, r.cfg)
	}
	r.srv, err = startServer(r.cfg)
	return err
}

// Config is the Engine's, with defaults filled in.
func (r *Run) Config() Config { return r.cfg }

// Replicas is how many servers store each message: 1 on a folder.
func (r *Run) Replicas() int {
	if r.cfg.Cluster != nil {
		return r.cfg.Cluster.Replicas
	}
	return 1
}

// stop closes all connections, then stops NATS.
func (r *Run) stop() {
	r.Fail(errStopped)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		c.Close()
	}
	for _, c := range r.committers {
		c.Stop()
	}
	if r.srv != nil {
		stopServer(r.srv)
	}
}

// Connect opens a connection that comes back when it is cut; the Run closes it.
func (r *Run) Connect(name string) (jetstream.JetStream, error) {
	log := func(_ *nats.Conn, err error) {
		r.cfg.Logger.Warn("a connection to NATS has a problem", "connection", name, "error", err)
	}
	js, err := r.ConnectWith(name, log,
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		// While NATS is away nothing is queued for later: a publish fails at once, and
		// that is final.
		nats.ReconnectBufSize(-1),
	)
	if err == nil {
		r.mu.Lock()
		r.conns = append(r.conns, js.Conn())
		r.mu.Unlock()
	}
	return js, err
}

// ConnectWith opens a connection that the caller must close. onTrouble is called with
// what goes wrong on the connection outside any call; nats.go prints that otherwise.
func (r *Run) ConnectWith(name string, onTrouble func(*nats.Conn, error), options ...nats.Option) (jetstream.JetStream, error) {
	url, needed := "", []nats.Option{nats.InProcessServer(r.srv)} // no socket, no port
	if r.cfg.Cluster != nil {
		url, needed = r.cfg.Cluster.address()
	}
	options = append(append(options, needed...),
		nats.Name(name),
		// jetstreamext makes a queue for each request. That of nats.go's default length
		// is half a megabyte, every two seconds while nothing happens.
		nats.SyncQueueLen(2*PageMessages),
		nats.ErrorHandler(func(nc *nats.Conn, _ *nats.Subscription, err error) { onTrouble(nc, err) }),
	)
	conn, err := nats.Connect(url, options...)
	if err != nil {
		return nil, fmt.Errorf("connect the %s to the engine: %w", name, err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("use JetStream as %s: %w", name, err)
	}
	return js, nil
}

// Broken returns a context that ends, with the cause, when no write can succeed any
// more on this Run.
func (r *Run) Broken() context.Context { return r.broken }

// Fail declares that no write can succeed any more. On a folder the Engine then begins
// another Run, when the disk has room.
func (r *Run) Fail(cause error) { r.fail(cause) }

// Refusal returns why nothing can be stored now, without asking NATS; nil when nothing
// is known against it.
func (r *Run) Refusal() error {
	if r.broken.Err() != nil {
		return context.Cause(r.broken)
	}
	if full := r.full.Load(); full != nil {
		return *full
	}
	return cmp.Or(r.Unreachable(), r.syncFailure())
}

// Unreachable returns why no request can be made now, as far as is known without
// asking; nil when one can.
func (r *Run) Unreachable() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cfg.Cluster != nil && len(r.conns) > 0 && !r.conns[0].IsConnected() {
		return errors.New("no NATS server can be reached")
	}
	return nil
}

// DropReaders cuts the connection of every Reader, as a network may. Tests call it.
func (r *Run) DropReaders() error {
	if r.srv == nil {
		return nil
	}
	conns, err := r.srv.Connz(&server.ConnzOptions{})
	if err != nil {
		return err
	}
	for _, c := range conns.Conns {
		if c.Name == ReaderName {
			_ = r.srv.DisconnectClientByID(c.Cid) // it may be gone by now
		}
	}
	return nil
}
