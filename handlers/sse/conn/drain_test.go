package conn_test

import (
	"context"
	"io"
	"testing"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
)

// TestDrainWithoutTime: a drain that may not be spread ends a stream at once, and tells
// its client when to come back.
func TestDrainWithoutTime(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap}, "", func(w *world) {
		t := w.t
		_, r, _ := w.connect()
		time.Sleep(time.Second)
		ctx, stop := context.WithTimeout(t.Context(), time.Nanosecond) // nine tenths of it are nothing
		defer stop()
		drained := make(chan error, 1)
		go func() { drained <- w.server.Drain(ctx) }()
		if b, err := io.ReadAll(r); err != nil || !retryOnly.Match(b) {
			t.Errorf("%q, %v, want a reconnection delay and a clean end", b, err)
		}
		if err := <-w.returned; err != nil {
			t.Errorf("the stream ended with %v", err)
		}
		if err := <-drained; err != nil {
			t.Error(err)
		}
		if n := w.server.Stats().Ended[sse.Drained]; n != 1 {
			t.Errorf("%d streams ended as drained", n)
		}
	})
}
