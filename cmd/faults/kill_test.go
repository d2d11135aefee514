package faults

import (
	"context"
	"fmt"
	"time"

	"latido/hub/hubtest"
)

// killsAtOnce is how many kills one folder sees: readers come back after the
// second or third of them with the id of a process long dead.
const killsAtOnce = 5

// killWhilePublishing is F1: kill -9 at a random moment of publishing, and again
// on the same folder.
func killWhilePublishing(ctx context.Context, s *stage) (o outcome, err error) {
	c, t, err := s.running(ctx, s.dir+"/data")
	if err != nil {
		return o, err
	}
	var worst time.Duration
	for n := range killsAtOnce {
		if err := t.settled(ctx, 1); err != nil {
			return o, fmt.Errorf("before kill %d: %w", n+1, err)
		}
		if err := pause(ctx, s.between(0, 800*time.Millisecond)); err != nil {
			return o, err
		}
		if err := c.kill(); err != nil {
			return o, err
		}
		took, err := c.start(ctx)
		if err != nil {
			return o, fmt.Errorf("after kill %d: %w", n+1, err)
		}
		worst = max(worst, took)
	}
	epoch := t.epoch()
	o, err = t.finishAndJudge(ctx, c)
	o.Faults, o.Recovery = killsAtOnce, worst
	if now := t.lastEpoch(); err == nil && now != epoch {
		o.Breaches = append(o.Breaches, fmt.Sprintf("the epoch went from %s to %s: a kill loses no event, so ids must go on", epoch, now))
	}
	return o, err
}

// fillers post fast, to have much stored soon: large enough events that the time
// goes into bytes, small enough ones that their number is what a server has.
var fillers = posting{posters: 32, size: 4000}

// killWith kills the program with so many bytes stored, and wants it to be ready
// again within a time.
func killWith(bytes int64, goal time.Duration) func(context.Context, *stage) (outcome, error) {
	return func(ctx context.Context, s *stage) (o outcome, err error) {
		c, err := s.runningChild(ctx, s.dir+"/data")
		if err != nil {
			return o, err
		}
		with := fillers
		with.most = bytes / int64(with.size)
		channels := channelNames(8)
		p := s.startPosters(ctx, c.url(), channels, with)
		p.done()
		if err := c.kill(); err != nil {
			return o, err
		}
		took, err := c.start(ctx)
		if err != nil {
			return o, err
		}
		// Again, for what a process has used is known when it has ended.
		if err := c.kill(); err != nil {
			return o, err
		}
		used := c.used
		if _, err := c.start(ctx); err != nil {
			return o, err
		}
		stored, err := readBack(ctx, c.url(), channels)
		if err != nil {
			return o, err
		}
		o.judged(hubtest.Judge(p.posts, stored, nil))
		o.Breaches = append(o.Breaches, p.breaches...)
		o.Faults, o.Recovery = 1, took
		o.Remarks = append(o.Remarks, fmt.Sprintf("to be ready it used %v of the processors' time", used.Round(10*time.Millisecond)))
		if took > goal+s.slack {
			o.Breaches = append(o.Breaches, fmt.Sprintf("ready after %v with %d events of %d bytes stored, the goal is %v", took, len(stored), with.size, goal))
		}
		return o, nil
	}
}
