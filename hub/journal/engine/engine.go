package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"latido/hub/journal/fsync"
)

// errAway is why a Run cannot be had while NATS is being started again.
var errAway = errors.New("the engine does not run")

// startWait is how long a part may take to start. A smaller limit on what is stored
// makes NATS remove files.
const startWait = 30 * time.Second

// Part is something that uses NATS: it is started with each Run and stopped before the
// Run ends.
type Part struct {
	// Start prepares the part on a Run. After an error Stop is not called. The context
	// ends after half a minute, also when the Run goes on.
	Start func(context.Context, *Run) error

	// Stop ends what Start has started, and waits for it. The Run has been broken, with
	// why as its cause.
	Stop func(why error)
}

// Engine is NATS: a server in this process on a folder, which is started again when
// it fails, or the connection to a cluster. All methods may be called concurrently.
// Open makes one.
type Engine struct {
	cfg  Config
	lock release               // of the folder; nil on a cluster
	now  atomic.Pointer[Run]   // nil while NATS is being started again
	away atomic.Pointer[error] // why it is, then

	mu    sync.Mutex // while parts start or stop
	parts []Part

	watching sync.WaitGroup
	unwatch  context.CancelFunc // ends it

	closing  sync.Once
	closeErr error
}

// Open takes the folder and starts NATS on it, or connects to the cluster. ctx bounds
// the wait for replies, but not the recovery of what is stored, which cannot be
// interrupted. Errors wrap ErrConfig or ErrLocked, or say what the folder or NATS
// refused; after an error nothing is left running and nothing was damaged.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	watched, unwatch := context.WithCancel(context.Background())
	e := &Engine{cfg: cfg, unwatch: unwatch}
	if cfg.Cluster == nil {
		var err error
		if e.lock, err = Lock(cfg.Dir); err != nil {
			return nil, err
		}
	}
	if err := e.startRun(ctx); err != nil {
		if e.lock != nil {
			err = errors.Join(err, e.lock())
		}
		return nil, err
	}
	if cfg.Cluster == nil {
		e.watching.Go(func() { e.watch(watched) })
	}
	return e, nil
}

// Attach starts a part on the Run of now, and on each that follows one that failed.
// After an error the part is not attached.
func (e *Engine) Attach(ctx context.Context, p Part) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, err := e.Run()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	if err := p.Start(ctx, r); err != nil {
		return err
	}
	e.parts = append(e.parts, p)
	return nil
}

// Run returns the Run of now, or why there is none.
func (e *Engine) Run() (*Run, error) {
	if r := e.now.Load(); r != nil {
		return r, nil
	}
	if why := e.away.Load(); why != nil {
		return nil, fmt.Errorf("%w: %w", errAway, *why)
	}
	return nil, errAway
}

// startRun starts NATS and all parts. After an error nothing is left running.
func (e *Engine) startRun(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, err := newRun(e.cfg)
	if err == nil {
		err = r.start(ctx)
	}
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for i, p := range e.parts {
		if err := p.Start(limited, r); err != nil {
			r.Fail(err)
			stopParts(e.parts[:i], err)
			r.stop()
			return err
		}
	}
	e.now.Store(r)
	return nil
}

// stopRun stops all parts and NATS, if there is a Run.
func (e *Engine) stopRun(why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.away.Store(&why)
	if r := e.now.Swap(nil); r != nil {
		r.Fail(why)
		stopParts(e.parts, why)
		r.stop()
	}
}

// stopParts stops the last one first.
func stopParts(parts []Part, why error) {
	for _, p := range slices.Backward(parts) {
		p.Stop(why)
	}
}

var errStopped = errors.New("the engine has been stopped")

// Close stops all parts and NATS, waits for them, forces what NATS has written onto
// the disk and unlocks the folder. A second call returns what the first did.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		e.unwatch()
		e.watching.Wait()
		r, _ := e.Run()
		healthy := r != nil && r.broken.Err() == nil && r.syncFailure() == nil
		e.stopRun(errStopped)
		if e.lock == nil {
			return
		}
		if healthy {
			e.closeErr = e.leave(r)
		}
		if err := e.lock(); err != nil {
			e.closeErr = errors.Join(e.closeErr, fmt.Errorf("unlock the data folder: %w", err))
		}
	})
	return e.closeErr
}

// leave records that nothing is missing on the disk, if the Run was recorded as begun.
func (e *Engine) leave(r *Run) error {
	if err := fsync.SyncTree(e.cfg.Dir); err != nil {
		return err
	}
	if !r.begun.Load() {
		return nil
	}
	m := newShutdown(e.cfg)
	m.Clean = true
	return m.write(e.cfg.Dir)
}
