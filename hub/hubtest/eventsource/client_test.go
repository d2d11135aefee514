package eventsource_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub/hubtest/eventsource"
)

// TestRun: the client comes back with the last id of a whole block, after the delay
// it was given, and stops when it is refused.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var opened []string
		streams := []string{"", "retry: 20\n\nid: 1\ndata: a\n\n", "id: 2\n\nid: 3\ndata: b", ":\n\n"}
		var data []string
		c := eventsource.Client{
			Open: func(_ context.Context, id string) (io.ReadCloser, error) {
				n := len(opened)
				opened = append(opened, fmt.Sprintf("%q after %v", id, time.Since(begun)))
				switch {
				case n == 0:
					return nil, errors.New("connection refused") // a network error
				case n == len(streams):
					return nil, fmt.Errorf("%w: 204", eventsource.ErrRefused)
				}
				return io.NopCloser(strings.NewReader(streams[n])), nil
			},
			Received: func(b eventsource.Block) error {
				if b.HasData {
					data = append(data, b.Data)
				}
				return nil
			},
		}
		if err := c.Run(t.Context()); !errors.Is(err, eventsource.ErrRefused) {
			t.Errorf("ended with %v", err)
		}
		want := []string{`"" after 0s`, `"" after 3s`, `"1" after 3.02s`, `"2" after 3.04s`, `"2" after 3.06s`}
		if !slices.Equal(opened, want) {
			t.Errorf("opened %v, want %v", opened, want)
		}
		if !slices.Equal(data, []string{"a"}) || c.LastEventID() != "2" || c.Retry() != 20*time.Millisecond {
			t.Errorf("received %q, last id %q, delay %v", data, c.LastEventID(), c.Retry())
		}
	})
}

// TestRunStops: with its context, in a delay and in a read, and with the error of
// Received.
func TestRunStops(t *testing.T) {
	for name, body := range map[string]func() io.ReadCloser{
		"in a delay": func() io.ReadCloser { return io.NopCloser(strings.NewReader("")) },
		"in a read":  func() io.ReadCloser { r, _ := io.Pipe(); return r },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				c := eventsource.Client{Open: func(context.Context, string) (io.ReadCloser, error) { return body(), nil }}
				if err := c.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("ended with %v", err)
				}
			})
		})
	}
	enough := errors.New("enough")
	c := eventsource.Client{
		Open: func(context.Context, string) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(":\n\n")), nil
		},
		Received: func(eventsource.Block) error { return enough },
	}
	if err := c.Run(t.Context()); err != enough {
		t.Errorf("ended with %v, want the error of Received", err)
	}
}
