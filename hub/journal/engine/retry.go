package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Silence returns the cause when NATS has not replied in time. After a write that
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

// ErrBehind is wrapped when a server of a cluster returns less than is known to be
// stored.
var ErrBehind = errors.New("the server that replies is behind")

// behindEvery is the pause before a server that is behind is asked again: a reader may
// have been shown a message by one server a moment before another knows of it.
const behindEvery = 10 * time.Millisecond

// Again repeats do until it neither times out, within Config.Timeout,
// nor wraps ErrBehind, or until ctx ends. A request may have gone to a server that has
// died since.
func (r *Run) Again(ctx context.Context, do func(context.Context) error) error {
	for {
		limited, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
		err := do(limited)
		cancel()
		if !errors.Is(err, ErrBehind) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		select {
		case <-time.After(behindEvery):
		case <-ctx.Done():
			return err
		}
	}
}

// Prepare does something with a cluster until it succeeds, fails for good, or ctx ends:
// servers that start together are not ready together. On a folder it does it once.
// ErrMismatch is for good.
func (r *Run) Prepare(ctx context.Context, what string, do func(context.Context) error) error {
	if r.cfg.Cluster == nil {
		return do(ctx)
	}
	return retry(ctx, r.cfg, what, do)
}

// retryEvery is the pause before a cluster that is not ready is asked again.
const retryEvery = 200 * time.Millisecond

func retry(ctx context.Context, cfg Config, what string, do func(context.Context) error) error {
	var logged sync.Once
	for {
		limited, cancel := context.WithTimeout(ctx, dialWait+time.Second)
		err := do(limited)
		cancel()
		if err == nil {
			return nil
		}
		if isFinal(err) {
			return fmt.Errorf("%s: %w", what, err)
		}
		logged.Do(func() { cfg.Logger.Warn("the cluster is not ready, trying again", "to", what, "error", err) })
		select {
		case <-time.After(retryEvery):
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// isFinal reports whether trying again does not help: what the servers have is not
// what is wanted, or they and this process do not trust each other.
func isFinal(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.Is(err, errUnfit) || errors.Is(err, ErrMismatch) || errors.As(err, &certificate) ||
		errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired)
}
