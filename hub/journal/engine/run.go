package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	cfg     Config
	backend backend
	before  mark            // how the Run before ended; of a folder
	begun   atomic.Bool     // Begin has been called
	broken  context.Context // ends, with the cause, when no write can succeed any more
	fail    context.CancelCauseFunc

	mu         sync.Mutex
	conns      []*nats.Conn
	committers map[string]*fsync.Committer // by stream
}

func newRun(cfg Config) (*Run, error) {
	r := &Run{cfg: cfg, backend: newBackend(cfg), committers: map[string]*fsync.Committer{}}
	r.broken, r.fail = context.WithCancelCause(context.Background())
	if cfg.Cluster != nil {
		return r, nil
	}
	var err error
	r.before, err = readMark(cfg.Dir)
	return r, err
}

// Config is the Engine's, with defaults filled in.
func (r *Run) Config() Config { return r.cfg }

// Replicas is how many servers keep each message: 1 on a folder.
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
	r.backend.stop()
}

// Connect opens a connection that comes back when it is cut; the Run closes it.
func (r *Run) Connect(name string) (*nats.Conn, jetstream.JetStream, error) {
	log := func(_ *nats.Conn, err error) {
		r.cfg.Logger.Warn("journal connection", "connection", name, "error", err)
	}
	conn, js, err := r.ConnectWith(name, log,
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		// While NATS is away nothing is queued for later: a publish fails at once, and
		// that is final.
		nats.ReconnectBufSize(-1),
	)
	if err == nil {
		r.mu.Lock()
		r.conns = append(r.conns, conn)
		r.mu.Unlock()
	}
	return conn, js, err
}

// ConnectWith opens a connection that the caller must close. onTrouble is called with
// what goes wrong on the connection outside any call; nats.go prints that otherwise.
func (r *Run) ConnectWith(name string, onTrouble func(*nats.Conn, error), options ...nats.Option) (*nats.Conn, jetstream.JetStream, error) {
	url, needed := r.backend.address()
	options = append(append(options, needed...),
		nats.Name(name),
		nats.ErrorHandler(func(nc *nats.Conn, _ *nats.Subscription, err error) { onTrouble(nc, err) }),
	)
	conn, err := nats.Connect(url, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("connect the %s to the engine: %w", name, err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("use JetStream as %s: %w", name, err)
	}
	return conn, js, nil
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
	if err := r.backend.refusal(); err != nil {
		return err
	}
	if err := r.Unreachable(); err != nil {
		return err
	}
	return r.syncFailure()
}

// Unreachable returns why no request can be made now, as far as is known without
// asking; nil when one can.
func (r *Run) Unreachable() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.conns) == 0 {
		return nil
	}
	return r.backend.unreachable(r.conns[0])
}

// Dead returns why no write to a stream of Keep can succeed any more, nil while one
// may. It asks the server itself where that is in this process.
func (r *Run) Dead() error {
	r.mu.Lock()
	streams := slices.Collect(maps.Keys(r.committers))
	r.mu.Unlock()
	return r.backend.dead(streams)
}

// Silence returns the cause when NATS has not answered in time. After a write that
// failed, for example on a full disk, it never does again, however long a caller
// waits: all others that wait are ended at once, too.
func (r *Run) Silence() error {
	if cause := r.Dead(); cause != nil && r.broken.Err() == nil {
		r.Fail(cause)
	}
	if r.broken.Err() != nil {
		return context.Cause(r.broken)
	}
	return context.DeadlineExceeded // of ours: a caller must not take it for its own
}

// Within does something within Config.Timeout and while writes can succeed. Where the
// time is over it returns why, see Silence.
func (r *Run) Within(ctx context.Context, do func(context.Context) error) error {
	limited, end := context.WithTimeout(ctx, r.cfg.Timeout)
	defer end()
	limited, cancel := context.WithCancelCause(limited)
	defer cancel(nil)
	defer context.AfterFunc(r.broken, func() { cancel(context.Cause(r.broken)) })()
	err := do(limited)
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return r.Silence()
	}
	return err
}

// Keep makes what is written to a stream durable by a Committer, which the Run stops.
func (r *Run) Keep(stream string, c *fsync.Committer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.committers[stream] = c
}

// Durable returns nil once what has been written to a stream up to a sequence is as
// durable as an acknowledgement promises, at once where that is the servers' matter.
func (r *Run) Durable(ctx context.Context, stream string, seq uint64) error {
	r.mu.Lock()
	c := r.committers[stream]
	r.mu.Unlock()
	switch {
	case c == nil:
		return nil
	case r.cfg.Durability == Fast:
		c.Note(seq)
		return nil
	}
	if c.Durable() < seq {
		c.Hurry(seq)
	}
	return c.Await(ctx, seq)
}

// syncFailure returns why nothing can be made durable any more, nil while it can. It
// counts whatever the stream: all are on the same disk.
func (r *Run) syncFailure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.committers {
		if err := c.Failure(); err != nil {
			return err
		}
	}
	return nil
}

// MayHaveLost reports whether events that were shown to readers may be missing now:
// see Begin.
func (r *Run) MayHaveLost() bool {
	return r.cfg.Cluster == nil && r.before.mayHaveLost(newMark(r.cfg))
}

// Begin forces everything that can be read onto the disk and notes that this Run may
// end without notice. A Run that ends so in Fast mode may have lost events if the
// machine has stopped, too: MayHaveLost says so of the next one. On a cluster it does
// nothing.
func (r *Run) Begin() error {
	if r.cfg.Cluster != nil {
		return nil
	}
	if err := fsync.SyncTree(r.cfg.Dir); err != nil {
		return err
	}
	if err := newMark(r.cfg).write(r.cfg.Dir); err != nil {
		return err
	}
	r.begun.Store(true)
	return nil
}

// SyncOptions are those of a Committer for Keep.
func (r *Run) SyncOptions() fsync.Options {
	return fsync.Options{Pause: r.cfg.pause(), Observe: r.cfg.ObserveSync}
}

// IsConflict reports whether a key of a bucket was not at the revision it was taken
// for.
func IsConflict(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// DropReaders cuts the connection of every Reader, as a network may. Tests call it.
func (r *Run) DropReaders() error {
	b, ok := r.backend.(*local)
	if !ok {
		return nil
	}
	conns, err := b.srv.Connz(&server.ConnzOptions{})
	if err != nil {
		return err
	}
	for _, c := range conns.Conns {
		if c.Name == ReaderName {
			_ = b.srv.DisconnectClientByID(c.Cid) // it may be gone by now
		}
	}
	return nil
}
