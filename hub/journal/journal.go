package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"latido/hub"
	"latido/hub/journal/engine"
)

// Journal is a journal on a folder of this machine, or on a cluster. All methods may
// be called concurrently. Open makes one.
type Journal struct {
	cfg Config
	eng *engine.Engine
	now atomic.Pointer[session] // nil while NATS is being started again
}

var _ hub.Journal = (*Journal)(nil)

// Open takes the folder, starts NATS on it and returns when events can be published
// and read. ctx bounds the wait for replies of NATS, but not its recovery of what is
// stored, which cannot be interrupted. Errors wrap engine.ErrConfig, ErrLocked,
// ErrUnreadable or ErrMismatch, or say what the folder or NATS refused; after an error
// nothing is left running and nothing was damaged.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	j := &Journal{cfg: cfg.withDefaults()}
	err := j.cfg.check()
	if err == nil {
		j.eng, err = engine.Open(ctx, j.cfg.Config)
	}
	if err == nil {
		if err = j.eng.Attach(ctx, engine.Part{Start: j.start, Stop: j.stop}); err != nil {
			err = errors.Join(err, j.eng.Close())
		}
	}
	switch {
	case err == nil:
		return j, nil
	case cfg.Cluster != nil:
		return nil, fmt.Errorf("open the journal on the cluster: %w", err)
	}
	return nil, fmt.Errorf("open the journal in %s: %w", cfg.Dir, err)
}

// Close ends every call in progress, stops NATS, waits for it and gives the folder
// back. Stop publishing before, or the last publishers do not learn what became of
// their events. A second call returns what the first did.
func (j *Journal) Close() error { return j.eng.Close() }

// Engine is what the journal runs on, for buckets and backups beside its events. It
// ends with the journal.
func (j *Journal) Engine() *engine.Engine { return j.eng }

// start begins a session on a Run.
func (j *Journal) start(ctx context.Context, run *engine.Run) error {
	s, err := startSession(ctx, j.cfg, run)
	if err == nil {
		j.now.Store(s)
	}
	return err
}

func (j *Journal) stop(error) {
	if s := j.now.Swap(nil); s != nil {
		s.posts.stop() // the Run closes the connections
	}
}

var errAway = errors.New("the journal is being started")

// session returns that of the Run of now.
func (j *Journal) session() (*session, error) {
	if s := j.now.Load(); s != nil {
		return s, nil
	}
	_, err := j.eng.Run()
	return nil, cmp.Or(err, errAway)
}

// use calls do with the session of the Run of now, and makes of its error what hub.Journal
// promises. what is what is attempted.
func (j *Journal) use(ctx context.Context, what string, do func(*session) error) error {
	err := ctx.Err()
	if err == nil {
		var s *session
		if s, err = j.session(); err == nil {
			err = do(s)
		}
	}
	return j.failure(ctx, what, err)
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
		return fmt.Errorf("%w: %s: NATS did not reply in time", hub.ErrJournal, what)
	case engine.IsFull(err):
		return fmt.Errorf("%w: %s: %w", hub.ErrFull, what, err)
	}
	return fmt.Errorf("%w: %s: %w", hub.ErrJournal, what, err)
}
