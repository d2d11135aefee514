package streams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"latido/hub"
	"latido/streams/event"
)

const (
	metricsEvery = 5 * time.Second
	// firstWindow is what the first CPU figure is measured over. The kernel
	// counts in ticks of 10 ms, so much less would be noise.
	firstWindow = 200 * time.Millisecond
	gib         = 1 << 30
)

// MetricsConfig configures Metrics. The zero value works.
type MetricsConfig struct {
	DiskPath string       // the file system that the sample reports; "" for "/"
	Node     string       // the field node of each sample; "" to leave it out
	Log      *slog.Logger // records parts of the machine that cannot be read; nil to discard them
}

// Metrics is the producer "metrics": every 5 s, and once at the start, it reads
// the machine it runs on and publishes system_metrics to the channel metrics.
// Without CPU or memory there is no sample, and Run fails. Any other part may be
// missing: it is logged once and is zero in Latest. The disk's two figures in the
// event are null then, so that an unknown disk does not look full.
type Metrics struct {
	diskPath string
	node     string
	log      *slog.Logger
	probe    probe
	latest   atomic.Pointer[event.Machine]
}

// NewMetrics returns the producer. It reads nothing before Run.
func NewMetrics(cfg MetricsConfig) *Metrics {
	if cfg.DiskPath == "" {
		cfg.DiskPath = "/"
	}
	return &Metrics{diskPath: cfg.DiskPath, node: cfg.Node, log: discard(cfg.Log), probe: gopsutil{}}
}

// Name returns "metrics".
func (m *Metrics) Name() string { return "metrics" }

// Latest returns the machine as of the last sample, nil before the first. While
// nothing can be published samples are rarer: each call of Run takes one before it
// fails.
//
// Its disks are the mounted file systems on block devices and ZFS, each device once,
// at most 16: first that of MetricsConfig.DiskPath, on any device, the others by
// path. Its networks are the 16 interfaces with the most traffic, by name; the
// loopback is left out unless there is no other.
func (m *Metrics) Latest() *event.Machine { return m.latest.Load() }

// Run implements Producer. It fails when CPU or memory cannot be read, or a sample
// cannot be published.
func (m *Metrics) Run(ctx context.Context, p hub.Publisher) error {
	s := &sampler{probe: m.probe, diskPath: m.diskPath}
	if err := s.start(ctx); err != nil {
		return err
	}
	if !Wait(ctx, firstWindow) {
		return ctx.Err()
	}
	tick := time.NewTicker(metricsEvery)
	defer tick.Stop()
	complained := ""
	for {
		machine, metrics, err := s.sample(ctx)
		if err != nil {
			return err
		}
		complained = m.complain(ctx, s.missing, complained)
		m.latest.Store(&machine)
		metrics.Node = m.node
		if err := Publish(ctx, p, metrics.Draft(machine.At)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// complain logs the parts that could not be read, unless they are the same as in
// the sample before: one line for a missing disk, not one every 5 s. It returns
// their names.
func (m *Metrics) complain(ctx context.Context, missing []missingPart, before string) string {
	var names []string
	var errs []error
	for _, part := range missing {
		names = append(names, part.name)
		errs = append(errs, fmt.Errorf("read %s: %w", part.name, part.err))
	}
	now := strings.Join(names, ",")
	if now != before && now != "" {
		m.log.LogAttrs(ctx, slog.LevelWarn, "part of the machine cannot be read",
			slog.String("parts", now), slog.String("error", errors.Join(errs...).Error()))
	}
	return now
}
