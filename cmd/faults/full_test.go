package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// The goals of F5.
const (
	fullWithin  = 2 * time.Second // a POST has its response, and /readyz fails
	greenWithin = 10 * time.Second
	pingWithin  = 15 * time.Second // the program's own promise about quiet streams

	// onTheWay is what a response may take from the program to a poster that shares
	// two cores with it; a program that gives up after 2 s is not late.
	onTheWay = 250 * time.Millisecond
)

// fullDisk is F5: another file takes all space while events are posted; later it
// goes away again.
func fullDisk(ctx context.Context, s *stage) (o outcome, err error) {
	disk, err := s.memoryDisk("disk", "64m")
	if err != nil {
		return o, err
	}
	c, t, err := s.running(ctx, disk+"/data")
	if err != nil {
		return o, err
	}
	if err := t.settled(ctx, 200); err != nil {
		return o, err
	}
	filler := filepath.Join(disk, "filler")
	if err := fill(filler); err != nil {
		return o, err
	}
	breaches, err := whileFull(ctx, s, c, t)
	if err != nil {
		return o, err
	}
	if err := os.Remove(filler); err != nil {
		return o, fmt.Errorf("free the disk: %w", err)
	}
	took, green := eventually(ctx, greenWithin+s.slack, func() bool { return c.ready(ctx) })
	if !green {
		breaches = append(breaches, fmt.Sprintf("/readyz is still red %v after there was space again", took.Round(time.Second)))
		return outcome{Faults: 1, Recovery: took, Breaches: breaches}, nil
	}
	if err := t.settled(ctx, 200); err != nil {
		return o, fmt.Errorf("with space again: %w", err)
	}
	if n := t.without(func(s status) bool { return s.ended == 0 }); n > 0 {
		breaches = append(breaches, fmt.Sprintf("the streams of %d readers ended", n))
	}
	o, err = t.finishAndJudge(ctx, c)
	o.Recovery = took
	o.Breaches = append(breaches, o.Breaches...)
	if err != nil {
		return o, err
	}
	return again(ctx, t, c, o)
}

// again kills the program and judges by what the next one finds: what was half
// written when the disk was full must not appear later.
func again(ctx context.Context, t *traffic, c *child, o outcome) (outcome, error) {
	if err := c.kill(); err != nil {
		return o, err
	}
	if _, err := c.start(ctx); err != nil {
		return o, fmt.Errorf("start once more: %w", err)
	}
	later, err := t.judge(ctx, c)
	o.Lost, o.Missed = max(o.Lost, later.Lost), max(o.Missed, later.Missed)
	for _, b := range later.Breaches[len(t.breaches):] {
		o.Breaches = append(o.Breaches, "after a restart: "+b)
	}
	return o, err
}

// fill writes a file until there is no space.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	zeros := make([]byte, 64<<10)
	for size := len(zeros); ; {
		_, err := f.Write(zeros[:size])
		if errors.Is(err, syscall.ENOSPC) && size > 1 {
			size /= 2 // down to the last byte
			continue
		}
		if errors.Is(err, syscall.ENOSPC) {
			return f.Close()
		}
		if err != nil {
			return fmt.Errorf("fill the disk: %w", errors.Join(err, f.Close()))
		}
	}
}

// whileFull returns the breaches of a program whose disk is full. It stays
// until quiet streams must have been sent something.
func whileFull(ctx context.Context, s *stage, c *child, t *traffic) (breaches []string, err error) {
	begun := time.Now()
	before := t.pinged()
	if took, red := eventually(ctx, fullWithin+s.slack, func() bool { return !c.ready(ctx) }); !red {
		breaches = append(breaches, fmt.Sprintf("/readyz is still green %v after the disk was full", took.Round(time.Millisecond)))
	}
	if _, pinged := eventually(ctx, pingWithin+fullWithin+s.slack, func() bool {
		for r, n := range before {
			if s := r.status(); s.pings <= n || !s.open {
				return false
			}
		}
		return true
	}); !pinged {
		breaches = append(breaches, "quiet streams were sent nothing, or ended, while the disk was full")
	}
	if c.ready(ctx) {
		breaches = append(breaches, "/readyz is green while the disk is full")
	}
	failed := t.failuresSince(begun)
	if len(failed) == 0 {
		breaches = append(breaches, "no POST failed while the disk was full: the run shows nothing")
	}
	for _, f := range failed {
		refused := f.status == http.StatusServiceUnavailable || f.status == http.StatusInsufficientStorage
		if !refused || !f.explained || f.took > fullWithin+onTheWay+s.slack {
			breaches = append(breaches, fmt.Sprintf("a POST got %d after %v (with a detail: %t) while the disk was full", f.status, f.took.Round(time.Millisecond), f.explained))
		}
	}
	return breaches, ctx.Err()
}

// pinged is how many comments and heartbeats each reader has had.
func (a *audience) pinged() map[*reader]int {
	n := map[*reader]int{}
	for _, r := range a.all {
		n[r] = r.status().pings
	}
	return n
}
