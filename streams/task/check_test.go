package task_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
)

type publisher func(ctx context.Context, d hub.Draft) (hub.Receipt, error)

func (f publisher) Publish(ctx context.Context, d hub.Draft) (hub.Receipt, error) { return f(ctx, d) }

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
