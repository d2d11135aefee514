package faults

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// slack is added to every goal in time in the quick set, which may run with the race
// detector on a busy machine. The long set is held to its goals.
const slack = 5 * time.Second

// stage is where one run of a scenario takes place. It belongs to the goroutine of
// the run. When the test ends, all that its methods have started, mounted or made is
// taken away, the last first.
type stage struct {
	t      *testing.T
	binary string // the program under test
	nats   string // the nats-server that nodes share
	dir    string // empty at first
	rnd    *rand.Rand
	quick  bool
	slack  time.Duration
}

// newStage makes the stage of the nth run of a scenario.
func newStage(t *testing.T, name string, n int) *stage {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", name, n)
	s := &stage{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewPCG(*seed, h.Sum64())), quick: !long}
	if !long {
		s.slack = slack
	}
	return s
}

// programs builds the programs that are run.
func (s *stage) programs() {
	s.t.Helper()
	var err error
	if s.binary, err = latidoProgram(); err != nil {
		s.t.Fatal(err)
	}
	if s.nats, err = natsProgram(); err != nil {
		s.t.Fatal(err)
	}
}

// after has something done when the test ends.
func (s *stage) after(undo func() error) {
	s.t.Cleanup(func() {
		if err := undo(); err != nil {
			s.t.Errorf("clean up: %v", err)
		}
	})
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

// between returns a random time.
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

// eventually calls ok until it returns true or the time is over, and returns how long
// it took.
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
