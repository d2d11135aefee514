package streams_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/streams"
)

// run calls a producer in the background until the test's bubble calls stop,
// which fails the test when the producer answers anything but ctx's error.
func run(t *testing.T, p streams.Producer, to hub.Publisher) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, to) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("%s: Run answered %v, want the context's error", p.Name(), err)
		}
	}
}

// sleep lets the bubble's time pass and its goroutines come to rest.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func wantKeys(t testing.TB, object map[string]any, keys ...string) {
	t.Helper()
	got := slices.Sorted(maps.Keys(object))
	slices.Sort(keys)
	if !slices.Equal(got, keys) {
		t.Errorf("fields %v, want %v", got, keys)
	}
}

func wantStamp(t testing.TB, object map[string]any, at time.Time) {
	t.Helper()
	text, _ := object["timestamp"].(string)
	got, err := time.Parse(time.RFC3339, text)
	if err != nil || got.Sub(at).Abs() > time.Millisecond {
		t.Errorf("timestamp %q (%v), want RFC 3339 of %v", text, err, at)
	}
}

func wantMatch(t testing.TB, object map[string]any, key, pattern string) {
	t.Helper()
	text, _ := object[key].(string)
	if !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text) {
		t.Errorf("%s is %v, want %s", key, object[key], pattern)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
