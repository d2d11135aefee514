package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"latido/hub"
	"latido/hub/journal/engine"
)

// highest is a number that only rises.
type highest struct{ n atomic.Uint64 }

func (h *highest) raise(n uint64) {
	for {
		old := h.n.Load()
		if n <= old || h.n.CompareAndSwap(old, n) {
			return
		}
	}
}

// lateness is since when the stream has said less than is known.
type lateness struct {
	mu    sync.Mutex
	since time.Time // zero while it does not
}

// believedAfter is how long the stream must say that it has lost its end before
// that is believed. A server of a cluster that was led by it, stood still and goes
// on may reply for a moment as if nothing had happened meanwhile: believing it
// would send every reader to a new epoch.
const believedAfter = 10 * time.Second

// ask asks the stream about itself until what it says can be trusted, or ctx ends.
// A question may have gone to a server that has died since, so it is asked again
// before all time is over.
func (e *session) ask(ctx context.Context, js jetstream.JetStream) (info *jetstream.StreamInfo, b hub.Bounds, err error) {
	err = e.run.Again(ctx, func(ctx context.Context) error {
		s, err := js.Stream(ctx, StreamName)
		if err != nil {
			return err
		}
		info = s.CachedInfo()
		b = boundsOf(info)
		return e.trust(b)
	})
	return info, b, err
}

// trust compares what the stream says of itself with what is known already. Another
// epoch is another history, and is taken over.
func (e *session) trust(b hub.Bounds) error {
	e.behind.mu.Lock()
	defer e.behind.mu.Unlock()
	if b.Epoch != *e.epoch.Load() {
		if !hub.ValidEpoch(b.Epoch) {
			return fmt.Errorf("the stream %s has no epoch any more", StreamName)
		}
		e.cfg.Logger.Warn("the stream is another one now", "epoch_before", *e.epoch.Load(), "epoch", b.Epoch)
		e.epoch.Store(&b.Epoch)
		e.seen.n.Store(0)
	}
	known := e.seen.n.Load()
	switch {
	case b.Last >= known:
		e.behind.since = time.Time{}
	case e.behind.since.IsZero():
		e.behind.since = time.Now()
		fallthrough
	case time.Since(e.behind.since) < believedAfter:
		return fmt.Errorf("%w: the last event it knows of is %d, there has been %d", engine.ErrBehind, b.Last, known)
	default:
		e.cfg.Logger.Error("the stream has lost its end", "last", b.Last, "last_before", known)
		e.seen.n.Store(b.Last)
		e.behind.since = time.Time{}
	}
	e.seen.raise(b.Last)
	return nil
}

// current returns once the server that replies to reads finds the newest event that
// is known. Any server that has the stream may reply, also one that is behind: what
// it does not have yet would look like what there never was.
func (e *session) current(ctx context.Context) error {
	seq := e.seen.n.Load()
	if seq == 0 || e.run.Replicas() == 1 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
	defer cancel()
	return findsSequence(ctx, e.history, seq)
}

// findsSequence returns once a read finds a sequence, or none above it is stored.
func findsSequence(ctx context.Context, js jetstream.JetStream, seq uint64) error {
	for {
		next, err := engine.Batch(ctx, js, StreamName, 1, jetstreamext.GetBatchSeq(seq), jetstreamext.GetBatchSubject(AllSubjects))
		if err != nil || len(next) > 0 {
			return err
		}
		// It is behind, or that event and all after it have been dropped: the leader
		// knows.
		s, err := engine.LeaderStream(ctx, js, StreamName)
		if err != nil {
			return err
		}
		_, err = s.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(AllSubjects))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the server that replies is behind: %w", ctx.Err())
		}
	}
}
