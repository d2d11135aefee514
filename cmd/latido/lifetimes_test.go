package main

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestLifetimesStopInReverse: what was started first stops last, each after the one
// before it has stopped, and the end of the parent context does not reach the parts.
func TestLifetimesStopInReverse(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := newLifetimes(ctx)
	var stopped []string
	for _, name := range []string{"a", "b", "c"} {
		l.start(name, func(ctx context.Context) error {
			<-ctx.Done()
			stopped = append(stopped, name)
			return ctx.Err()
		})
	}
	cancel()
	<-l.over.Done()
	if err := l.stop(); err != nil || !slices.Equal(stopped, []string{"c", "b", "a"}) {
		t.Errorf("stopped %v with %v, want c, b, a", stopped, err)
	}
}

// TestLifetimesEndTogether: a part that ends by itself, with an error or without,
// ends the program with an error.
func TestLifetimesEndTogether(t *testing.T) {
	failure := errors.New("no disk")
	for want, end := range map[string]error{"part: no disk": failure, "part: ended by itself": nil} {
		l := newLifetimes(t.Context())
		others := false
		l.start("other", func(ctx context.Context) error { <-ctx.Done(); others = true; return nil })
		l.start("part", func(context.Context) error { return end })
		<-l.over.Done()
		if err := l.stop(); err == nil || err.Error() != want || !others {
			t.Errorf("ended with %v, other stopped: %t, want %q", err, others, want)
		}
	}
}
