package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latido/hub"
	"latido/hub/journal/engine"
)

// healthWait is how long the stream of a healthy journal may take to reply.
const healthWait = time.Second

// Healthy returns nil when events can be stored and read: NATS runs, no write of it
// has failed, and the stream replies within a second on the connection that publishes, on a cluster with enough of its servers behind it;
// see hub.Journal.
func (j *Journal) Healthy(ctx context.Context) error {
	e, err := j.session()
	if err == nil {
		err = e.run.Refusal()
	}
	if err == nil {
		err = e.run.Dead()
	}
	if err != nil {
		return j.failure(ctx, "check the engine", err)
	}
	limited, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	s, err := e.publish.Stream(limited, StreamName)
	switch {
	case err == nil:
		return j.failure(ctx, "check the stream", engine.CheckReplicas(s.CachedInfo()))
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: check the stream: no answer within %s", hub.ErrJournal, healthWait)
	}
	return j.failure(ctx, "check the stream", err)
}
