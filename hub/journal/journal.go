package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// Journal is a journal on a folder of this machine, or on a cluster. All methods
// may be called concurrently. Open makes one.
type Journal struct {
	cfg   Config
	lock  *flock.Flock           // of the folder; nil on a cluster
	now   atomic.Pointer[engine] // nil while the engine is being started again
	away  atomic.Pointer[error]  // why it is, then
	watch watchdog

	closing  sync.Once
	closeErr error
}

var _ hub.Journal = (*Journal)(nil)

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
	if cfg.Cluster != nil {
		e, err := startEngine(ctx, cfg)
		if err != nil {
			return nil, fmt.Errorf("open the journal on the cluster: %w", err)
		}
		j := &Journal{cfg: cfg}
		j.now.Store(e)
		return j, nil
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the journal in %s: %w", cfg.Dir, err)
	}
	e, err := startEngine(ctx, cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal in %s: %w", cfg.Dir, err), lock.Close())
	}
	j := &Journal{cfg: cfg, lock: lock}
	j.now.Store(e)
	j.watch.start(j)
	return j, nil
}

// Close ends every call in progress, stops the engine, waits for it and gives
// the folder back. Stop publishing before, or the last publishers do not learn
// what became of their events. A second call answers what the first did.
func (j *Journal) Close() error {
	j.closing.Do(func() {
		j.watch.stop()
		var err error
		if e := j.now.Swap(nil); e != nil {
			err = e.end()
		}
		if j.lock != nil {
			if lockErr := j.lock.Close(); lockErr != nil {
				err = errors.Join(err, fmt.Errorf("give the data folder back: %w", lockErr))
			}
		}
		j.closeErr = err
	})
	return j.closeErr
}

var errAway = errors.New("the engine does not run")

// engine answers the run of the engine that is on now.
func (j *Journal) engine() (*engine, error) {
	if e := j.now.Load(); e != nil {
		return e, nil
	}
	if cause := j.away.Load(); cause != nil {
		return nil, fmt.Errorf("%w: %w", errAway, *cause)
	}
	return nil, errAway
}

// Bounds tells what is stored now; see hub.Journal. In Safe mode events that
// are not on the disk yet do not count.
func (j *Journal) Bounds(ctx context.Context) (hub.Bounds, error) {
	e, err := j.engine()
	if err != nil {
		return hub.Bounds{}, j.failure(ctx, "read the bounds", err)
	}
	limited, cancel := context.WithTimeout(ctx, j.cfg.readTimeout())
	defer cancel()
	b, err := e.bounds(limited)
	return b, j.failure(ctx, "read the bounds", err)
}

func (e *engine) bounds(ctx context.Context) (hub.Bounds, error) {
	info, b, err := e.ask(ctx, e.history)
	if err != nil {
		return hub.Bounds{}, err
	}
	note, err := e.backend.samples(ctx, info)
	if err != nil {
		return hub.Bounds{}, err
	}
	b.Last, b.Lag, b.Sampled = e.shown(b.Last), e.backend.lag(), note.topics
	if len(b.Sampled) > 0 {
		// It is the server's clock that samples age by.
		oldest := info.TimeStamp.Add(-note.age)
		if b.SampledFrom, err = firstSince(ctx, e.history.conn, oldest, b.Last); err != nil {
			return hub.Bounds{}, err
		}
	}
	return b, nil
}

func boundsOf(info *jetstream.StreamInfo) hub.Bounds {
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
	return b
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
		return fmt.Errorf("%w: %s: no answer in time", hub.ErrJournal, what)
	}
	if isFull(err) {
		return fmt.Errorf("%w: %s: %w", hub.ErrFull, what, err)
	}
	return fmt.Errorf("%w: %s: %w", hub.ErrJournal, what, err)
}
