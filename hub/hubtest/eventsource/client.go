package eventsource

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrRefused is wrapped by an Open function when the server refused the stream in
// the way that ends an EventSource for good: a status other than 200, or another
// content type.
var ErrRefused = errors.New("refused")

// DefaultRetry is the delay before the next connection until the server names one.
// Browsers use a few seconds.
const DefaultRetry = 3 * time.Second

// Client is a subscriber that comes back. Its fields must not change while it runs.
type Client struct {
	// Open connects: it returns the body of the stream, from its first byte. The
	// last event ID is "" for none. Close of the body may be called twice, and must
	// end a Read that waits.
	Open func(ctx context.Context, lastEventID string) (io.ReadCloser, error)
	// Received is called with every block, in order, by the goroutine that runs the
	// client. An error ends the client.
	Received func(Block) error

	lastEventID string
	retry       time.Duration
	named       bool // retry was named by the server
}

// LastEventID returns the last event ID. It must not be called while the client
// runs, except from Received.
func (c *Client) LastEventID() string { return c.lastEventID }

// Retry returns the delay before the next connection.
func (c *Client) Retry() time.Duration {
	if !c.named {
		return DefaultRetry
	}
	return c.retry
}

// Run connects again and again, with the delay that the server named. It returns
// the context's error when ctx ends, an error that wraps ErrRefused when Open
// returned one, and the error of Received.
func (c *Client) Run(ctx context.Context) error {
	for {
		if err := c.Connect(ctx); err != nil {
			return err
		}
		wait := time.NewTimer(c.Retry())
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
	}
}

// Connect opens one connection and reads it to its end. It returns nil when a
// browser would connect again, and otherwise an error as Run does.
func (c *Client) Connect(ctx context.Context) error {
	body, err := c.Open(ctx, c.lastEventID)
	switch {
	case ctx.Err() != nil:
		if err == nil {
			_ = body.Close() // the context's error counts
		}
		return ctx.Err()
	case errors.Is(err, ErrRefused):
		return err
	case err != nil:
		return nil // a network error
	}
	defer body.Close()
	defer context.AfterFunc(ctx, func() { _ = body.Close() })()
	p := NewParser(body, c.lastEventID)
	for {
		b, err := p.Block()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrTooLarge) {
			return err
		}
		if err != nil {
			return nil // any end of a stream is a network error
		}
		c.lastEventID = b.ID
		if b.HasRetry {
			c.retry, c.named = b.Retry, true
		}
		if err := c.Received(b); err != nil {
			return err
		}
	}
}
