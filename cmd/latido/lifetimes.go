package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// lifetimes runs the program's long-running parts. The first one that ends by
// itself, or the end of the parent context, ends the program.
type lifetimes struct {
	parent context.Context
	over   context.Context // ends when the program shall stop
	end    context.CancelCauseFunc
	stops  []func() // in the order of the starts

	mu   sync.Mutex
	errs []error
}

func newLifetimes(ctx context.Context) *lifetimes {
	over, end := context.WithCancelCause(ctx)
	return &lifetimes{parent: ctx, over: over, end: end}
}

// start runs a part until stop. Its context does not end with the parent's.
func (l *lifetimes) start(name string, part func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.parent))
	done := make(chan struct{})
	l.stops = append(l.stops, func() {
		cancel()
		<-done
	})
	go func() {
		defer close(done)
		err := part(ctx)
		if ctx.Err() == nil && err == nil {
			err = errors.New("ended by itself")
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			l.mu.Lock()
			l.errs = append(l.errs, fmt.Errorf("%s: %w", name, err))
			l.mu.Unlock()
			l.end(err)
		}
	}()
}

// stop stops every part and waits for it, the last one that was started first. It
// returns what they failed with.
func (l *lifetimes) stop() error {
	for i := len(l.stops) - 1; i >= 0; i-- {
		l.stops[i]()
	}
	l.end(nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.errs...)
}
