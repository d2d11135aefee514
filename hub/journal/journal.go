package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// Journal is a journal on a folder of this machine. All methods may be called
// concurrently. Open makes one.
type Journal struct {
	cfg   Config
	epoch string
	lock  *flock.Flock
	srv   *server.Server

	// What one connection carries the others do not wait for: a page of history
	// may be megabytes. Every Follow has one of its own beside these.
	publish line
	history line

	broken atomic.Pointer[error] // why no write can succeed any more

	closing  sync.Once
	closeErr error
}

var _ hub.Journal = (*Journal)(nil)

// openWait is how long the engine may take to make or change the stream. A
// smaller MaxBytes makes it remove files.
const openWait = 30 * time.Second

// Open takes the folder, starts the engine on it and returns when events can
// be published and read. ctx bounds the wait for the engine's answers, but not
// its recovery of what is stored, which cannot be interrupted. Errors wrap
// ErrConfig, ErrLocked or ErrUnreadable, or tell what the folder or the engine
// refused; after an error nothing is left running and nothing was damaged.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the journal in %s: %w", cfg.Dir, err)
	}
	j := &Journal{cfg: cfg, lock: lock}
	if err := j.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal in %s: %w", cfg.Dir, err), j.Close())
	}
	return j, nil
}

func (j *Journal) start(ctx context.Context) (err error) {
	if j.srv, err = startEngine(j.cfg); err != nil {
		return err
	}
	if j.publish, err = j.openLasting("publisher"); err != nil {
		return err
	}
	if j.history, err = j.openLasting("history reader"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	j.epoch, err = ensureStream(ctx, j.publish.js, j.cfg)
	return err
}

// openLasting opens a line that comes back when it is cut.
func (j *Journal) openLasting(name string) (line, error) {
	log := func(_ *nats.Conn, err error) {
		j.cfg.Logger.Warn("journal connection", "connection", name, "error", err)
	}
	return openLine(j.srv, name, log,
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		// While the engine is away nothing is put by for later: a publisher is
		// told at once, and what it is told is final.
		nats.ReconnectBufSize(-1),
	)
}

// Close ends every call in progress, stops the engine, waits for it and gives
// the folder back. Stop publishing before, or the last publishers do not learn
// what became of their events. A second call answers what the first did.
func (j *Journal) Close() error {
	j.closing.Do(func() {
		j.publish.close()
		j.history.close()
		if j.srv != nil {
			stopEngine(j.srv)
		}
		if err := j.lock.Close(); err != nil {
			j.closeErr = fmt.Errorf("give the data folder back: %w", err)
		}
	})
	return j.closeErr
}

// Bounds tells what is stored now; see hub.Journal.
func (j *Journal) Bounds(ctx context.Context) (hub.Bounds, error) {
	b, err := j.bounds(ctx, j.history.js)
	return b, j.failure(ctx, "read the bounds", err)
}

func (j *Journal) bounds(ctx context.Context, js jetstream.JetStream) (hub.Bounds, error) {
	ctx, cancel := context.WithTimeout(ctx, j.cfg.Timeout)
	defer cancel()
	s, err := js.Stream(ctx, streamName)
	if err != nil {
		return hub.Bounds{}, err
	}
	info := s.CachedInfo()
	b := hub.Bounds{
		Epoch: info.Config.Metadata[epochKey],
		First: info.State.FirstSeq,
		Last:  info.State.LastSeq,
		Bytes: info.State.Bytes,
	}
	if info.State.Msgs == 0 {
		// A stream that never held anything says first 0, an emptied one says
		// last+1.
		b.First = b.Last + 1
	}
	return b, nil
}

// failure makes of err what hub.Journal promises: nil, ctx's error, or one that
// wraps hub.ErrJournal. Our own time limit must not pass for the caller's, so
// context.DeadlineExceeded stays out of the chain then.
func (j *Journal) failure(ctx context.Context, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %s: no answer within %s", hub.ErrJournal, what, j.cfg.Timeout)
	}
	return fmt.Errorf("%w: %s: %w", hub.ErrJournal, what, err)
}
