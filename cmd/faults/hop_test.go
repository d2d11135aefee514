package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"latido/hub/hubtest"
)

// hops is how often readers of F11 go on at another node.
const hops = 1000

// hopping is F11: readers that break their stream off after a moment and go on with
// their last id at another node, as they do behind a load balancer. Nothing is
// lost on the way, and so no gap is due.
func hopping(ctx context.Context, s *stage) (o outcome, err error) {
	v, err := s.startServers(3)
	if err != nil {
		return o, err
	}
	nodes, err := s.startNodes(ctx, v, "a", "b")
	if err != nil {
		return o, err
	}
	t := &traffic{channels: channelNames(8)}
	if t.audience, err = s.startAudience(ctx, nodes[0].addr, t.channels, usualReaders, usualTopics); err != nil {
		return o, err
	}
	t.posters = s.startPosters(ctx, nodes[0].url(), t.channels, usual)
	var hopped atomic.Int64
	var hoppers []*hopper
	for i := range usualReaders {
		h := &hopper{reader: newReader("", fmt.Sprintf("hopper %d", i+1), some(t.channels, usualTopics, s.rnd)), nodes: nodes, rnd: s.source(), hopped: &hopped}
		hoppers = append(hoppers, h)
		t.audience.add(ctx, h.reader, h.run)
	}
	if _, done := eventually(ctx, 4*patience, func() bool { return hopped.Load() >= hops || len(t.complaints()) > 0 }); !done {
		return o, fmt.Errorf("resume %d times at another node: %d came about", hops, hopped.Load())
	}
	for _, h := range hoppers {
		h.settle.Store(true)
	}
	o, err = t.finishAndJudge(ctx, nodes[1])
	o.Faults = int(hopped.Load())
	o.Breaches = append(o.Breaches, t.gaps()...)
	o.Breaches = append(o.Breaches, sameEverywhere(t.read)...)
	return o, err
}

// sameEverywhere returns a breach for each id that had two bodies, over all nodes.
func sameEverywhere(readers []hubtest.Reader) (breaches []string) {
	bodies := map[string]string{}
	for _, r := range readers {
		for _, c := range r.Connections {
			for _, i := range c.Items {
				if i.Hash == "" {
					continue
				}
				if known, again := bodies[i.ID.String()]; again && known != i.Hash {
					breaches = append(breaches, "I3: two nodes sent two bodies as "+i.ID.String())
				}
				bodies[i.ID.String()] = i.Hash
			}
		}
	}
	return breaches
}

// hopper is a reader that does not stay.
type hopper struct {
	*reader
	nodes  []*child
	rnd    *rand.Rand
	hopped *atomic.Int64
	settle atomic.Bool // stay where you are, now
}

// The moments that a hopper stays.
const stayLeast, stayMost = 20 * time.Millisecond, 150 * time.Millisecond

// run goes from node to node until ctx ends.
func (h *hopper) run(ctx context.Context) {
	for at := 0; ctx.Err() == nil && h.status().refused == ""; at++ {
		h.addr = h.nodes[at%len(h.nodes)].addr
		visit, leave := context.WithCancel(ctx)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			stay := stayLeast + time.Duration(h.rnd.Int64N(int64(stayMost-stayLeast)))
			for pause(visit, stay) == nil && (h.settle.Load() || h.status().last.IsZero()) {
				stay = stayLeast
			}
			leave()
		}()
		_ = h.connect(visit) // a refusal is in its status
		leave()
		<-gone
		if at > 0 {
			h.hopped.Add(1)
		}
	}
}
