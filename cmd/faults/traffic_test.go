package faults

import (
	"context"
	"errors"
	"fmt"

	"latido/hub"
	"latido/hub/hubtest"
)

// traffic is the posters and the readers of a run.
type traffic struct {
	*posters
	*audience
	channels []string
	ends     map[hub.Topic]hub.ID
	posts    []hubtest.Post
	read     []hubtest.Reader
	breaches []string
}

// usualReaders is how many readers most runs have. Each listens to three
// channels at most.
const usualReaders, usualTopics = 12, 3

// channelNames are those of a run.
func channelNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("c%d", i))
	}
	return names
}

// startTraffic connects the usual readers to one node, and then starts the usual
// posters at one, which may be another.
func (s *stage) startTraffic(ctx context.Context, posting, reading *child) (*traffic, error) {
	t := &traffic{channels: channelNames(8)}
	var err error
	if t.audience, err = s.startAudience(ctx, reading.addr, t.channels, usualReaders, usualTopics); err != nil {
		return nil, err
	}
	t.posters = s.startPosters(ctx, posting.url(), t.channels, usual)
	return t, nil
}

// running starts a child on a folder, and the usual traffic on it.
func (s *stage) running(ctx context.Context, dir string, args ...string) (*child, *traffic, error) {
	c, err := s.runningChild(ctx, dir, args...)
	if err != nil {
		return nil, nil, err
	}
	t, err := s.startTraffic(ctx, c, c)
	return c, t, err
}

// runningCluster starts NATS servers and two nodes on them, with events posted at the
// first and read at the second, some of which have been acknowledged.
func (s *stage) runningCluster(ctx context.Context, n int) (*servers, []*child, *traffic, error) {
	v, err := s.startServers(n)
	if err != nil {
		return nil, nil, nil, err
	}
	nodes, err := s.startNodes(ctx, v, "a", "b")
	if err != nil {
		return nil, nil, nil, err
	}
	t, err := s.startTraffic(ctx, nodes[0], nodes[1])
	if err != nil {
		return nil, nil, nil, err
	}
	return v, nodes, t, t.settled(ctx, 200)
}

// settled waits until so many more events have been acknowledged.
func (t *traffic) settled(ctx context.Context, more int64) error {
	goal := t.acked.Load() + more
	if _, ok := eventually(ctx, patience, func() bool { return t.acked.Load() >= goal }); !ok {
		return fmt.Errorf("wait for %d acknowledgements: %d are missing after %v", more, goal-t.acked.Load(), patience)
	}
	return nil
}

// finish stops the posters, posts an end to every channel, lets the readers read
// up to it, and stops them.
func (t *traffic) finish(ctx context.Context) error {
	t.posters.stop()
	t.posts = t.posters.posts
	t.ends = map[hub.Topic]hub.ID{}
	for _, c := range t.channels {
		body := fmt.Appendf(nil, `{"end":%q}`, c)
		post := t.settle(ctx, c, eventName, "end", body)
		if post.ID.IsZero() {
			return errors.Join(ctx.Err(), fmt.Errorf("post the end of %s: it was not acknowledged", c))
		}
		t.posts = append(t.posts, post)
		t.ends[hub.ChannelTopic(c)] = post.ID
	}
	t.client.CloseIdleConnections()
	t.breaches = append(t.breaches, t.posters.breaches...)
	t.breaches = append(t.breaches, t.readTo(ctx, t.ends)...)
	t.breaches = append(t.breaches, t.complaints()...)
	t.audience.stop()
	t.read = t.logs()
	return nil
}

// judge reads back what is stored and judges everything by it.
func (t *traffic) judge(ctx context.Context, c *child) (outcome, error) {
	o := outcome{Faults: 1, Breaches: t.breaches}
	stored, err := readBack(ctx, c.url(), t.channels)
	if err != nil {
		return o, fmt.Errorf("%w: the program wrote last: %s", err, c.lastWords())
	}
	o.judged(hubtest.Judge(t.posts, stored, t.read))
	if o.Acked == len(t.channels) {
		o.Breaches = append(o.Breaches, "nothing was acknowledged but the ends: the run shows nothing")
	}
	if c.cmd != nil && c.gone() {
		o.Breaches = append(o.Breaches, "the program has ended by itself: "+c.out.last())
	}
	o.Breaches = append(o.Breaches, c.faults...)
	return o, nil
}

// finishAndJudge is the usual end of a run.
func (t *traffic) finishAndJudge(ctx context.Context, c *child) (outcome, error) {
	if err := t.finish(ctx); err != nil {
		return outcome{Faults: 1}, err
	}
	return t.judge(ctx, c)
}

// epoch is that of the first event that was acknowledged.
func (t *traffic) epoch() string {
	t.posters.mu.Lock()
	defer t.posters.mu.Unlock()
	for _, p := range t.posters.posts {
		if !p.ID.IsZero() {
			return p.ID.Epoch
		}
	}
	return ""
}

// lastEpoch is that of the ends.
func (t *traffic) lastEpoch() string {
	for _, id := range t.ends {
		return id.Epoch
	}
	return ""
}
