package streams_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/streams"
)

// run calls a producer in the background until the test's bubble calls stop,
// which fails the test when the producer returns anything but ctx's error.
func run(t *testing.T, p streams.Producer, to hub.Publisher) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, to) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("%s: Run returned %v, want the context's error", p.Name(), err)
		}
	}
}

// sleep lets the bubble's time pass and its goroutines come to rest.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
