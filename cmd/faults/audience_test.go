package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// audience is the readers of a run, and their end.
type audience struct {
	all     []*reader
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// together bounds how many readers come at once at the beginning. When they come
// back, it is the program's delays that must spread them.
const together = 500

// startAudience starts n readers, each of most channels at most, and returns when
// all are connected.
func (s *stage) startAudience(ctx context.Context, addr string, channels []string, n, most int) (*audience, error) {
	reading, cancel := context.WithCancel(ctx)
	a := &audience{cancel: cancel}
	s.after(func() error { a.stop(); return nil })
	for i := range n {
		r := newReader(addr, fmt.Sprintf("reader %d", i+1), some(channels, most, s.rnd))
		a.all = append(a.all, r)
		a.running.Go(func() { r.run(reading) })
		if (i+1)%together == 0 || i == n-1 {
			if _, ok := eventually(ctx, patience, a.everyone(func(s status) bool { return s.open })); !ok {
				return nil, fmt.Errorf("connect %d readers: not all came in: %v", i+1, a.complaints())
			}
		}
	}
	return a, nil
}

// add adds a reader with a run function of its own.
func (a *audience) add(ctx context.Context, r *reader, run func(context.Context)) {
	a.all = append(a.all, r)
	ctx, cancel := context.WithCancel(ctx)
	before := a.cancel
	a.cancel = func() { before(); cancel() }
	a.running.Go(func() { run(ctx) })
}

// some picks a few channels, one at least.
func some(channels []string, most int, rnd *rand.Rand) (list []string) {
	for _, i := range rnd.Perm(len(channels))[:1+rnd.IntN(min(most, len(channels)))] {
		list = append(list, channels[i])
	}
	return list
}

// everyone returns a function that reports whether all readers satisfy ok.
func (a *audience) everyone(ok func(status) bool) func() bool {
	return func() bool { return a.without(ok) == 0 }
}

// without counts the readers for which something does not hold.
func (a *audience) without(ok func(status) bool) (n int) {
	for _, r := range a.all {
		if !ok(r.status()) {
			n++
		}
	}
	return n
}

// readTo waits until every reader has read on to the ends of its channels, and
// returns those that have not.
func (a *audience) readTo(ctx context.Context, ends map[hub.Topic]hub.ID) (breaches []string) {
	goal := map[*reader]hub.ID{}
	for _, r := range a.all {
		for _, t := range r.log.Topics {
			if end := ends[t]; end.Seq > goal[r].Seq {
				goal[r] = end
			}
		}
	}
	there := func(r *reader) bool {
		s := r.status()
		return s.last.Epoch == goal[r].Epoch && s.last.Seq >= goal[r].Seq || s.refused != ""
	}
	eventually(ctx, patience, func() bool {
		for r := range goal {
			if !there(r) {
				return false
			}
		}
		return true
	})
	for r, end := range goal {
		if !there(r) {
			breaches = append(breaches, fmt.Sprintf("%s stands at %s and has not come to the end, %s, within %v", r.log.Name, r.status().last, end, patience))
		}
	}
	return breaches
}

// complaints are the errors that ended readers.
func (a *audience) complaints() (list []string) {
	for _, r := range a.all {
		if why := r.status().refused; why != "" {
			list = append(list, r.log.Name+" "+why)
		}
	}
	return list
}

// stop ends every reader and waits for them.
func (a *audience) stop() {
	a.cancel()
	a.running.Wait()
}

// logs are what the readers wrote down. They must have stopped.
func (a *audience) logs() (list []hubtest.Reader) {
	for _, r := range a.all {
		list = append(list, r.log)
	}
	return list
}

// back waits until every reader has been connected again, after it had been so
// many times before, and returns how long that took.
func (a *audience) back(ctx context.Context, most time.Duration, before map[*reader]int) (time.Duration, int) {
	missing := 0
	took, _ := eventually(ctx, most, func() bool {
		missing = 0
		for _, r := range a.all {
			if s := r.status(); !s.open || s.connections <= before[r] {
				missing++
			}
		}
		return missing == 0
	})
	return took, missing
}

// connections are how often each reader has been connected.
func (a *audience) connections() map[*reader]int {
	n := map[*reader]int{}
	for _, r := range a.all {
		n[r] = r.status().connections
	}
	return n
}
