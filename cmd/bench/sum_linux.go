package main

import (
	"fmt"
	"time"
)

// missing returns how many deliveries are still expected. Closed streams expect
// none.
func (r *run) missing(p *publishers) int64 {
	n := -r.crowd.openGot
	for i, open := range r.crowd.open {
		n += p.sent[i].Load() * int64(open)
	}
	return n
}

func (r *run) expected(p *publishers) (n int64) {
	for i, accepted := range r.crowd.accepted {
		n += p.sent[i].Load() * int64(accepted)
	}
	return n
}

func (r *run) soFar(p *publishers) string {
	share := 100.0
	if expected := r.expected(p); expected > 0 {
		share = 100 * float64(r.crowd.received) / float64(expected)
	}
	return fmt.Sprintf("publishing %.0f/%.0f s, %.0f%% delivered", time.Since(p.start).Seconds(), r.cfg.Duration.Seconds(), share)
}

// events puts what became of the events into the result, once the publishers
// have ended.
func (r *run) events(p *publishers) {
	c := r.crowd
	r.res.Sent, r.res.Failed, r.res.Expected = p.total(), p.failed.Load(), r.expected(p)
	if first := p.first.Load(); first != nil {
		r.res.FirstFailure = *first
	}
	wall := time.Since(p.start)
	if c.received > 0 {
		wall = c.last.Sub(p.start)
	}
	r.res.WallS = *rounded(wall.Seconds())
	if wall > 0 {
		r.res.PerSecond = rounded(float64(c.received) / wall.Seconds())
	}
}

// sum puts into the result what the subscribers have seen.
func (r *run) sum() {
	c := r.crowd
	r.res.Connected, r.res.Refused, r.res.FirstRefusal = c.connected, c.refused, c.firstRefusal
	r.res.Closed, r.res.Stalled, r.res.StalledClosed = c.closed, c.stalled, c.stalledClosed
	r.res.Received = c.received
	r.res.P50, r.res.P99, r.res.P999 = c.latency.quantile(.5), c.latency.quantile(.99), c.latency.quantile(.999)
	r.res.Max = c.latency.longest()
	r.res.PIDs, r.res.Note = r.server.pids, r.server.why()
}

// micros turns nanoseconds into microseconds.
func micros(ns float64) *float64 {
	us := ns / 1e3
	return &us
}
