package engine

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestServerThatStopsIsStartedAgain: that is found out although nobody writes, and parts
// are stopped with the cause and started on the next Run.
func TestServerThatStopsIsStartedAgain(t *testing.T) {
	e, err := Open(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	started, stopped := make(chan *Run, 2), make(chan error, 2)
	if err := e.Attach(t.Context(), Part{
		Start: func(_ context.Context, r *Run) error { started <- r; return nil },
		Stop:  func(why error) { stopped <- why },
	}); err != nil {
		t.Fatal(err)
	}
	first := <-started
	first.srv.Shutdown()
	select {
	case second := <-started:
		if now, err := e.Run(); second == first || err != nil || now != second {
			t.Errorf("the Run is %p, %v, after %p and %p", now, err, first, second)
		}
		if why := <-stopped; !errors.Is(why, errAway) || !errors.Is(context.Cause(first.Broken()), errAway) {
			t.Errorf("the part was stopped for %v, the Run was broken by %v", why, context.Cause(first.Broken()))
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it is not started again")
	}
}
