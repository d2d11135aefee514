package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"latido/hub/journal/engine"
)

// healthWait is how long the stream of a healthy journal may take to reply.
const healthWait = time.Second

// Healthy returns nil when events can be stored and read; see hub.Journal. NATS runs, no
// write of it has failed, and the stream replies within a second on the connection that
// publishes. On a cluster enough of its servers are there.
func (j *Journal) Healthy(ctx context.Context) error {
	return j.use(ctx, "check the stream", func(s *session) error {
		if err := cmp.Or(s.run.Refusal(), s.run.Dead()); err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, healthWait)
		defer cancel()
		stream, err := s.publish.Stream(limited, StreamName)
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("NATS did not reply within %s", healthWait)
		}
		if err != nil {
			return err
		}
		return engine.CheckReplicas(stream.CachedInfo())
	})
}
