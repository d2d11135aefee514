package main

import (
	"context"
	"errors"
	"fmt"
)

// lifetimes runs the program's long-running parts. The first one that ends by
// itself, or the end of the parent context, ends the program.
type lifetimes struct {
	parent context.Context
	over   context.Context // ends when the program shall stop
	end    context.CancelFunc
	stops  []func() error // in the order of the starts
}

func newLifetimes(ctx context.Context) *lifetimes {
	over, end := context.WithCancel(ctx)
	return &lifetimes{parent: ctx, over: over, end: end}
}

// start runs a part until stop. Its context does not end with the parent's.
func (l *lifetimes) start(name string, part func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.parent))
	ended := make(chan error, 1)
	l.stops = append(l.stops, func() error {
		cancel()
		return <-ended
	})
	go func() {
		err := part(ctx)
		if ctx.Err() == nil && err == nil {
			err = errors.New("ended by itself")
		}
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
			l.end()
		}
		ended <- err
	}()
}

// stop stops every part and waits for it, the last one that was started first. It
// returns what they failed with.
func (l *lifetimes) stop() error {
	var all []error
	for i := len(l.stops) - 1; i >= 0; i-- {
		all = append(all, l.stops[i]())
	}
	l.end()
	return errors.Join(all...)
}
