package faults

import (
	"context"
	"fmt"
	"time"
)

// The goals of F12.
const (
	awayLong, awayQuick = 20 * time.Second, 6 * time.Second
	atOnce              = 250 * time.Millisecond
	backAgainWithin     = 10 * time.Second
)

// serverAway is F12: the one server that keeps the events is killed, and started
// again after a while. The node refuses events at once, keeps its streams, recovers
// by itself, and sends no gap.
func serverAway(ctx context.Context, s *stage) (o outcome, err error) {
	v, nodes, t, err := s.runningCluster(ctx, 1)
	if err != nil {
		return o, err
	}
	away := awayLong
	if s.quick {
		away = awayQuick
	}
	v.kill(0)
	begun := time.Now()
	if err := pause(ctx, away); err != nil {
		return o, err
	}
	// From the first moment on: a POST on its way is not waited for either.
	breaches := wantRefusals(t.failuresSince(begun), atOnce+onTheWay+s.slack)
	if !bannered(ctx, nodes[0]) {
		breaches = append(breaches, "the page does not say that nothing can be stored")
	}
	if err := v.start(0); err != nil {
		return o, err
	}
	took, acked := t.ackedAgain(ctx, backAgainWithin+s.slack)
	if !acked {
		breaches = append(breaches, fmt.Sprintf("%v after the server is back POSTs are not acknowledged", took.Round(time.Second)))
	}
	if n := t.without(func(s status) bool { return s.ended == 0 }); n > 0 {
		breaches = append(breaches, fmt.Sprintf("the streams of %d readers ended", n))
	}
	o, err = t.finishAndJudge(ctx, nodes[1])
	o.Recovery = took
	o.Breaches = append(append(breaches, t.gaps()...), o.Breaches...)
	return o, err
}

// gaps returns a breach for each gap that a reader was sent, where none is due.
func (t *traffic) gaps() (breaches []string) {
	for _, r := range t.read {
		for _, c := range r.Connections {
			for _, i := range c.Items {
				if i.Gap != nil {
					breaches = append(breaches, fmt.Sprintf("%s got the gap %s to %s (%s)", r.Name, i.Gap.From, i.Gap.To, i.Gap.Reason))
				}
			}
		}
	}
	return breaches
}
