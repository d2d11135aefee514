package faults

import (
	"context"
	"fmt"
	"time"
)

// The crowd of S5, and the goal.
const (
	crowdLong, crowdQuick = 10_000, 2_000
	backWithin            = 30 * time.Second
)

// slowly is few events for a crowd: each comes to thousands.
var slowly = posting{posters: 2, every: 400 * time.Millisecond}

// stampede is S5: the server of a crowd is killed and started again. Every reader
// connects again after the delay it was sent, and none is refused.
func stampede(ctx context.Context, s *stage) (o outcome, err error) {
	crowd := crowdLong
	if s.quick {
		crowd = crowdQuick
	}
	n := fits(crowd)
	c, err := s.runningChild(ctx, s.dir+"/data")
	if err != nil {
		return o, err
	}
	t := &traffic{channels: channelNames(4)}
	if t.audience, err = s.startAudience(ctx, c.addr, t.channels, n, len(t.channels)); err != nil {
		return o, err
	}
	t.posters = s.startPosters(ctx, c.url(), t.channels, slowly)
	if err := t.settled(ctx, 10); err != nil {
		return o, err
	}
	before := t.connections()
	if err := c.kill(); err != nil {
		return o, err
	}
	begun := time.Now()
	ready, err := c.start(ctx)
	if err != nil {
		return o, err
	}
	_, missing := t.back(ctx, backWithin+s.slack, before)
	took := time.Since(begun)
	if err := t.settled(ctx, 10); err != nil {
		return o, err
	}
	o, err = t.finishAndJudge(ctx, c)
	o.Recovery = ready
	if missing > 0 {
		o.Breaches = append(o.Breaches, fmt.Sprintf("%d of %d readers were not back %v after the kill", missing, n, took.Round(time.Second)))
	}
	o.Remarks = append(o.Remarks, fmt.Sprintf("%d readers were back %.1f s after the kill", n-missing, took.Seconds()))
	if n < crowd {
		o.Remarks = append(o.Remarks, fmt.Sprintf("no more than %d readers: no more files may be open here (ulimit -Hn)", n))
	}
	return o, err
}
