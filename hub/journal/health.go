package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"latido/hub"
)

// healthWait is how long a healthy engine may take to answer.
const healthWait = time.Second

// Healthy answers nil when events can be stored and read: the engine runs, no
// write of it has failed, and the stream answers within a second on the
// connection that publishes, on a cluster with enough of its servers behind it;
// see hub.Journal.
func (j *Journal) Healthy(ctx context.Context) error {
	e, err := j.engine()
	if err == nil {
		err = e.refusal()
	}
	if err == nil {
		err = e.backend.dead()
	}
	if err != nil {
		return j.failure(ctx, "check the engine", err)
	}
	limited, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	s, err := e.publish.js.Stream(limited, streamName)
	switch {
	case err == nil:
		return j.failure(ctx, "check the stream", e.backend.healthy(s.CachedInfo()))
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: check the stream: no answer within %s", hub.ErrJournal, healthWait)
	}
	return j.failure(ctx, "check the stream", err)
}

// isFull reports whether an error says that the disk, or this user's share of
// it, is full. The engine passes on the words, not the error.
func isFull(err error) bool {
	if errors.Is(err, errNoRoom) || errors.Is(err, syscall.ENOSPC) {
		return true
	}
	for _, words := range []string{"no space left on device", "disk quota exceeded", "file too large"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
