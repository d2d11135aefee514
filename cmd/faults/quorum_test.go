package faults

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"latido/hub/hubtest"
)

// The goals of F9.
const (
	ackedWithin   = 10 * time.Second // after one of three servers has gone
	refusedWithin = 3 * time.Second  // a POST without enough servers gets its response
	// lonelyLong is how long there are not enough servers: the one that is left takes
	// itself for the leader for ten seconds.
	lonelyLong, lonelyQuick = 12 * time.Second, 6 * time.Second
)

// loseServer is F9: of three servers one is lost in the way that lose says while
// events are posted at one node and read at another; then a second one, and both
// come back.
func loseServer(lose, restore func(*servers, int) error) func(context.Context, *stage) (outcome, error) {
	return func(ctx context.Context, s *stage) (o outcome, err error) {
		v, nodes, t, err := s.runningCluster(ctx, 3)
		if err != nil {
			return o, err
		}
		order := s.rnd.Perm(3)
		if err := lose(v, order[0]); err != nil {
			return o, err
		}
		took, acked := t.ackedAgain(ctx, ackedWithin+s.slack)
		var breaches []string
		if !acked {
			breaches = append(breaches, fmt.Sprintf("%v after one of three servers was lost POSTs are not acknowledged", took.Round(time.Second)))
		}
		if err := t.settled(ctx, 500); err != nil {
			return o, fmt.Errorf("with two of three servers: %w", err)
		}
		more, err := s.withoutQuorum(ctx, t, nodes[0], func() error { return lose(v, order[1]) })
		if err != nil {
			return o, err
		}
		breaches = append(breaches, more...)
		for _, i := range order[:2] {
			if err := restore(v, i); err != nil {
				return o, err
			}
		}
		if err := t.settled(ctx, 100); err != nil {
			return o, fmt.Errorf("with all servers back: %w", err)
		}
		if n := t.without(func(s status) bool { return s.ended == 0 }); n > 0 {
			breaches = append(breaches, fmt.Sprintf("the streams of %d readers ended", n))
		}
		o, err = t.finishAndJudge(ctx, nodes[1])
		o.Recovery = took
		if len(breaches)+len(o.Breaches) > 0 {
			o.Remarks = append(o.Remarks, "the node that was read from wrote last: "+nodes[1].out.last())
		}
		o.Breaches = append(breaches, o.Breaches...)
		return o, err
	}
}

// ackedAgain waits until more events have been acknowledged than can have been on
// their way.
func (t *traffic) ackedAgain(ctx context.Context, most time.Duration) (time.Duration, bool) {
	goal := t.acked.Load() + int64(3*t.posting.posters)
	return eventually(ctx, most, func() bool { return t.acked.Load() >= goal })
}

// withoutQuorum loses one server too many, and returns the breaches of a node
// that has too few. An event that had come to a majority before may still be
// acknowledged, to a poster that tries again with its key: so it is events that
// are new that must not be.
func (s *stage) withoutQuorum(ctx context.Context, t *traffic, c *child, lose func() error) (breaches []string, err error) {
	lonely := lonelyLong
	if s.quick {
		lonely = lonelyQuick
	}
	if err := lose(); err != nil {
		return nil, err
	}
	begun := time.Now()
	for n := 0; time.Since(begun) < lonely && ctx.Err() == nil; n++ {
		body := eventBody(lonelyPublisher, n, 50, s.rnd)
		id, err := t.attempt(ctx, t.channels[n%len(t.channels)], eventName, fmt.Sprintf("lonely-%d", n), body)
		if err == nil {
			breaches = append(breaches, fmt.Sprintf("%s was acknowledged by one of three servers", id))
		}
		t.wrote(hubtest.Post{Hash: eventHash(body), ID: id}) // what is not acknowledged is unknown
		if err := pause(ctx, lonelyEvery); err != nil {
			return nil, err
		}
	}
	breaches = append(breaches, wantRefusals(t.failuresSince(begun), refusedWithin+onTheWay+s.slack)...)
	if c.ready(ctx) {
		breaches = append(breaches, "/readyz is green with one of three servers")
	}
	if _, shown := eventually(ctx, bannerWithin+s.slack, func() bool { return bannered(ctx, c) }); !shown {
		breaches = append(breaches, "the page does not say that nothing can be stored")
	}
	return breaches, nil
}

// lonelyPublisher posts while there are too few servers, and this often.
const (
	lonelyPublisher = 100
	lonelyEvery     = 200 * time.Millisecond
)

// bannerWithin is what the page may take to say that nothing can be stored.
const bannerWithin = 5 * time.Second

// bannered reports whether the page says that nothing can be stored.
func bannered(ctx context.Context, c *child) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url()+"/", nil)
	if err != nil {
		return false
	}
	r.Header.Set("Accept-Language", "en")
	res, err := probe.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return err == nil && strings.Contains(string(text), "cannot store anything new")
}

// wantRefusals returns which POSTs that cannot have been stored got another response, or
// too late.
func wantRefusals(failed []failure, within time.Duration) (breaches []string) {
	if len(failed) == 0 {
		return []string{"no POST failed while nothing could be stored: the run shows nothing"}
	}
	for _, f := range failed {
		if f.status != http.StatusServiceUnavailable || !f.explained || f.took > within {
			breaches = append(breaches, fmt.Sprintf("a POST got %d after %v (with a detail: %t) while nothing could be stored", f.status, f.took.Round(time.Millisecond), f.explained))
		}
	}
	return breaches
}

func killServer(v *servers, i int) error {
	v.kill(i)
	return nil
}
