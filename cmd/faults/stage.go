package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// config is how a set of scenarios is run.
type config struct {
	binary string // the program under test
	nats   string // the nats-server that nodes share
	work   string // where the folders of the runs are made
	seed   uint64
	quick  bool
	// slack is added to every goal in time, for a program that was built with the
	// race detector and has to share the machine. 0 holds to the goals.
	slack time.Duration
}

// stage is what one run of a scenario stands on. It belongs to the goroutine of
// the run.
type stage struct {
	config
	dir  string // empty at first, and gone afterwards
	rnd  *rand.Rand
	undo []func() error
}

// newStage makes the stage of the nth run of a scenario.
func newStage(cfg config, name string, n int) (*stage, error) {
	dir, err := os.MkdirTemp(cfg.work, "latido-faults-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the run: %w", err)
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", name, n)
	s := &stage{config: cfg, dir: dir, rnd: rand.New(rand.NewPCG(cfg.seed, h.Sum64()))}
	s.after(func() error { return os.RemoveAll(dir) })
	return s, nil
}

// after keeps what must be done when the run is over; the last comes first.
func (s *stage) after(undo func() error) { s.undo = append(s.undo, undo) }

// close gives everything back. It goes on after a failure, or what is left
// would be left too.
func (s *stage) close() error {
	var all []error
	for len(s.undo) > 0 {
		last := s.undo[len(s.undo)-1]
		s.undo = s.undo[:len(s.undo)-1]
		all = append(all, last())
	}
	return errors.Join(all...)
}

// folder makes a folder in the stage's own.
func (s *stage) folder(name string) (string, error) {
	path := filepath.Join(s.dir, name)
	if err := os.Mkdir(path, 0o755); err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
	}
	return path, nil
}

// source is a source of random choices of its own, for another goroutine.
func (s *stage) source() *rand.Rand { return rand.New(rand.NewPCG(s.rnd.Uint64(), s.rnd.Uint64())) }

// between answers a random time.
func (s *stage) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.rnd.Int64N(int64(most-least)))
}

// pause lets a time pass in which the traffic goes on: the moment of a fault is
// random, so there is nothing else to wait for.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// eventually asks until ok or the time is over, and answers how long it took.
func eventually(ctx context.Context, most time.Duration, ok func() bool) (took time.Duration, done bool) {
	begun := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok() {
			return time.Since(begun), true
		}
		if time.Since(begun) > most {
			return time.Since(begun), false
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return time.Since(begun), false
		}
	}
}
