package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"latido/hub"
)

// healthWait is how long a healthy engine may take to answer.
const healthWait = time.Second

// Healthy answers nil when events can be stored and read: the engine runs, no
// write of it has failed, and the stream answers within a second on the
// connection that publishes; see hub.Journal.
func (j *Journal) Healthy(ctx context.Context) error {
	if err := j.engineHealth(); err != nil {
		return j.failure(ctx, "check the engine", err)
	}
	limited, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	_, err := j.publish.js.Stream(limited, streamName)
	switch {
	case err == nil, ctx.Err() != nil:
		return j.failure(ctx, "check the stream", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: check the stream: no answer within %s", hub.ErrJournal, healthWait)
	}
	return j.failure(ctx, "check the stream", err)
}

// engineHealth asks the engine itself: after a write that failed it goes on
// answering reads, and answers no publisher at all.
func (j *Journal) engineHealth() error {
	if !j.srv.Running() || !j.srv.JetStreamEnabled() {
		return errors.New("the engine does not run")
	}
	h := j.srv.Healthz(&server.HealthzOptions{Account: "$G", Stream: streamName})
	if h.Status != "ok" {
		return fmt.Errorf("the engine is %s: %s", h.Status, h.Error)
	}
	return nil
}
