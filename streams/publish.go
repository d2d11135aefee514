package streams

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latido/hub"
)

// publishTimeout bounds one publication. An engine whose disk is full sends no
// reply at all, and a producer that waits for it shows as running.
const publishTimeout = 3 * time.Second

// Publish publishes d for a producer, within three seconds. Its error names the
// event and wraps the publisher's.
func Publish(ctx context.Context, p hub.Publisher, d hub.Draft) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if _, err := p.Publish(ctx, d); err != nil {
		return fmt.Errorf("publish %s: %w", d.Name, err)
	}
	return nil
}

// IsTemporary reports whether a publication that failed with err may succeed when it
// is tried again.
func IsTemporary(err error) bool {
	return errors.Is(err, hub.ErrJournal) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// Wait returns true after d, or false as soon as ctx ends.
func Wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
