package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// runLoad measures one server. When ctx ends early, the result is marked as
// interrupted, without an error. The result holds what was measured before
// an error, such as errNobody or errFiles.
func runLoad(ctx context.Context, cfg config) (_ result, err error) {
	res := result{
		Run: "server", URL: cfg.URL, Subscribers: cfg.Subscribers, Channels: cfg.Channels, Publishers: cfg.Publishers,
		Rate: cfg.Rate, DurationS: cfg.Duration.Seconds(), Size: cfg.Size, Planned: cfg.planned(),
	}
	t, err := aim(ctx, cfg)
	if err != nil {
		return res, err
	}
	if err := raiseFiles(cfg); err != nil {
		return res, err
	}
	c, err := newCrowd(t)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	defer cfg.Progress.clear()
	r := &run{cfg: cfg, crowd: c, server: find(t), res: &res}
	err = r.phases(ctx)
	r.sum()
	res.Interrupted = ctx.Err() != nil
	return res, err
}

// run is a load under way.
type run struct {
	cfg    config
	crowd  *crowd
	server *server
	res    *result
}

// phases goes from one to the next until one fails or ctx ends.
func (r *run) phases(ctx context.Context) error {
	for _, phase := range []func(context.Context) error{r.connect, r.settle, r.publish} {
		if err := phase(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

func (r *run) connect(ctx context.Context) error {
	c := r.crowd
	r.res.MemoryStart = r.server.memory()
	before, ok := r.server.cpu()
	begun := time.Now()
	err := c.connect(ctx, func() {
		r.cfg.Progress.show(time.Now(), func() string {
			return fmt.Sprintf("connecting %s/%s", count(c.connected), count(int64(r.cfg.Subscribers)))
		})
	})
	r.res.ConnectS = *rounded(time.Since(begun).Seconds())
	if after, still := r.server.cpu(); ok && still {
		r.res.ConnectCPU = per(micros(after-before), c.connected+c.refused)
	}
	if err == nil && ctx.Err() == nil && c.connected == 0 {
		err = fmt.Errorf("%w: %s", errNobody, c.firstRefusal)
	}
	return err
}

func (r *run) settle(ctx context.Context) error {
	begun := time.Now()
	for ctx.Err() == nil && time.Since(begun) < r.cfg.Settle {
		r.cfg.Progress.show(time.Now(), func() string {
			return fmt.Sprintf("settling %.0f/%.0f s", time.Since(begun).Seconds(), r.cfg.Settle.Seconds())
		})
		if err := r.crowd.poll(20); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	r.res.MemoryIdle = r.server.memory()
	if idle, start := r.res.MemoryIdle, r.res.MemoryStart; idle != nil && start != nil {
		grown := *idle - *start
		r.res.MemoryPer = per(&grown, r.crowd.connected)
	}
	return nil
}

func (r *run) publish(ctx context.Context) error {
	before, ok := r.server.cpu()
	sending, stop := context.WithCancel(ctx)
	p := startPublishers(sending, r.crowd.target)
	err := r.deliver(ctx, p)
	stop()
	p.wait()
	if after, still := r.server.cpu(); ok && still {
		r.res.DeliveryCPU = per(micros(after-before), r.crowd.received)
	}
	r.events(p)
	return err
}

// deliver serves the subscribers until the publishers have ended and nothing is
// missing any more, or nothing comes any more.
func (r *run) deliver(ctx context.Context, p *publishers) error {
	c := r.crowd
	var wait *patience
	for {
		if err := c.poll(20); err != nil || ctx.Err() != nil {
			return err
		}
		r.cfg.Progress.show(time.Now(), func() string { return r.soFar(p) })
		select {
		case <-p.done:
		default:
			continue
		}
		if wait == nil {
			wait = newPatience(r.cfg.patience())
		}
		if r.missing(p) <= 0 || wait.over(c.received) {
			return nil
		}
	}
}
