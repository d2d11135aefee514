package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// headroom is what a message may carry beside its data: the subject, the one
// header, and what a direct get adds.
const headroom = 4 << 10

// engine is one connection to what stores the events: several lines to the same
// backend, and what is known of the stream.
type engine struct {
	cfg     Config
	backend backend
	epoch   atomic.Pointer[string]

	// What one connection carries the others do not wait for: a page of history
	// may be megabytes. Every Follow has one of its own beside these.
	publish line
	history line
	records line

	seen      highest // newest sequence known to be stored
	behind    lateness
	sampled   sampled
	declaring sync.Mutex // held while sampled grows

	buckets map[string]*bucket

	commit *committer // nil where an acknowledgement is all there is to wait for
	posts  *publisher
	broken context.Context // ends, with the cause, when no write can succeed any more
	fail   context.CancelCauseFunc
}

// openWait is how long the backend may take to answer, and to make or change the
// stream. A smaller MaxBytes makes it remove files.
const openWait = 30 * time.Second

// startEngine connects to the backend and returns when events can be published
// and read. After an error nothing is left running.
func startEngine(ctx context.Context, cfg Config) (_ *engine, err error) {
	e := newEngine(cfg)
	defer func() {
		if err != nil {
			e.stop()
		}
	}()
	if err := e.backend.start(ctx); err != nil {
		return nil, err
	}
	if e.publish, err = e.openLasting("publisher"); err != nil {
		return nil, err
	}
	if e.history, err = e.openLasting("history reader"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	info, err := e.backend.stream(ctx, e.publish)
	if err != nil {
		return nil, err
	}
	b := boundsOf(info)
	e.epoch.Store(&b.Epoch)
	note, err := e.backend.samples(ctx, info)
	if err != nil {
		return nil, err
	}
	e.sampled.set(note.topics)
	if err := e.openBuckets(ctx); err != nil {
		return nil, err
	}
	if e.commit, err = e.backend.begin(b); err != nil {
		return nil, err
	}
	if e.posts, err = startPublisher(e.publish.conn, e.commit, cfg); err != nil {
		return nil, err
	}
	// Whatever became of events that are on their way then, nobody will tell.
	e.publish.conn.SetDisconnectErrHandler(func(*nats.Conn, error) { e.posts.cutOff() })
	return e, nil
}

// newEngine is one that has not been started, and can be stopped.
func newEngine(cfg Config) *engine {
	e := &engine{cfg: cfg, backend: newBackend(cfg)}
	e.broken, e.fail = context.WithCancelCause(context.Background())
	return e
}

// durable returns once an event that is written is as durable as an
// acknowledgement promises; see committer.await.
func (e *engine) durable(ctx context.Context, seq uint64) error {
	switch {
	case e.commit == nil:
		return nil
	case e.cfg.Durability == Fast:
		e.commit.note(seq)
		return nil
	}
	return e.commit.await(ctx, seq)
}

// shown answers up to where events may be shown of those up to last.
func (e *engine) shown(last uint64) uint64 {
	if e.commit == nil || e.cfg.Durability == Fast {
		return last
	}
	return min(last, e.commit.durable.Load())
}

// end stops the engine for good, so that the next run finds everything in order.
func (e *engine) end() error {
	healthy := e.broken.Err() == nil && e.lost() == nil
	e.stop()
	if !healthy {
		return nil
	}
	return e.backend.leave()
}

// lost answers why nothing can be made durable any more, nil while it can. The
// records are on the same disk.
func (e *engine) lost() error {
	if e.commit != nil && e.commit.failure() != nil {
		return e.commit.failure()
	}
	for _, b := range e.buckets {
		if b.commit != nil && b.commit.failure() != nil {
			return b.commit.failure()
		}
	}
	return nil
}

// stop ends every call in progress, and the engine.
func (e *engine) stop() {
	e.fail(errStopped)
	if e.posts != nil {
		e.posts.stop()
	}
	e.publish.close()
	e.history.close()
	e.stopBuckets()
	if e.commit != nil {
		e.commit.stop()
	}
	e.backend.stop()
}

var errStopped = errors.New("the engine has been stopped")

// openLasting opens a line that comes back when it is cut.
func (e *engine) openLasting(name string) (line, error) {
	log := func(_ *nats.Conn, err error) {
		e.cfg.Logger.Warn("journal connection", "connection", name, "error", err)
	}
	return openLine(e.backend, name, log,
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		// While the engine is away nothing is put by for later: a publisher is
		// told at once, and what it is told is final.
		nats.ReconnectBufSize(-1),
	)
}

// line is one connection to the backend.
type line struct {
	conn *nats.Conn
	js   jetstream.JetStream
}

// openLine connects to the backend. onTrouble hears what goes wrong on the
// connection by itself, outside any call; nats.go prints it when nobody does.
func openLine(to backend, name string, onTrouble func(*nats.Conn, error), options ...nats.Option) (line, error) {
	url, needed := to.address()
	options = append(append(options, needed...),
		nats.Name(name),
		nats.ErrorHandler(func(nc *nats.Conn, _ *nats.Subscription, err error) { onTrouble(nc, err) }),
	)
	conn, err := nats.Connect(url, options...)
	if err != nil {
		return line{}, fmt.Errorf("connect the %s to the engine: %w", name, err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return line{}, fmt.Errorf("use JetStream as %s: %w", name, err)
	}
	return line{conn, js}, nil
}

func (l line) close() {
	if l.conn != nil {
		l.conn.Close()
	}
}
