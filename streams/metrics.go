package streams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"latido/hub"
)

const (
	metricsEvery = 5 * time.Second
	// firstWindow is what the first CPU figure is measured over. The kernel
	// counts in ticks of 10 ms, so much less would be noise.
	firstWindow = 200 * time.Millisecond
	gib         = 1 << 30
)

// MetricsConfig configures Metrics; the zero value works.
type MetricsConfig struct {
	DiskPath string       // the file system that the sample reports; "" for "/"
	Node     string       // what each sample says of its origin; "" to say nothing
	Log      *slog.Logger // told when a part of the machine can't be read; nil discards
}

// Metrics is the producer "metrics": every 5 s, and once at the start, it
// reads the machine it runs on and publishes system_metrics to the channel
// metrics. Without CPU or memory there is no sample and Run fails. Any other
// part may be missing: it is logged once and shown as zero, and the disk's
// two figures as null, so that nobody takes an unknown disk for a full one.
type Metrics struct {
	diskPath string
	node     string
	log      *slog.Logger
	probe    probe

	mu     sync.Mutex
	latest Machine
	known  bool
}

// NewMetrics makes the producer; it reads nothing before Run.
func NewMetrics(cfg MetricsConfig) *Metrics {
	if cfg.DiskPath == "" {
		cfg.DiskPath = "/"
	}
	return &Metrics{diskPath: cfg.DiskPath, node: cfg.Node, log: discard(cfg.Log), probe: gopsutil{}}
}

// Name is "metrics".
func (m *Metrics) Name() string { return "metrics" }

// Latest answers the machine as of the last sample, and false before the
// first. It stays current while nothing can be published, if more slowly: each
// call of Run takes a sample before it fails.
func (m *Metrics) Latest() (Machine, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.latest, m.known
}

// systemMetrics is the data of system_metrics. Sizes are GiB.
type systemMetrics struct {
	CPU         float64  `json:"cpu_percent"`
	Memory      float64  `json:"memory_percent"`
	MemoryUsed  float64  `json:"memory_used_gb"`
	MemoryTotal float64  `json:"memory_total_gb"`
	Disk        *float64 `json:"disk_percent"`
	DiskFree    *float64 `json:"disk_free_gb"`
	Node        string   `json:"node,omitempty"`
	Timestamp   string   `json:"timestamp"`
}

// Run implements Producer. It fails when CPU or memory can't be read, or a
// sample can't be published.
func (m *Metrics) Run(ctx context.Context, p hub.Publisher) error {
	s := &sampler{probe: m.probe, diskPath: m.diskPath}
	if err := s.start(ctx); err != nil {
		return err
	}
	if !wait(ctx, firstWindow) {
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
		m.mu.Lock()
		m.latest, m.known = machine, true
		m.mu.Unlock()
		metrics.Node = m.node
		draft := hub.Draft{Name: "system_metrics", Channel: "metrics", Sample: true}
		if err := publish(ctx, p, draft, metrics); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// complain logs the parts that could not be read, unless they are those of the
// sample before: one line for a missing disk, not one every 5 s.
func (m *Metrics) complain(ctx context.Context, missing []missingPart, before string) string {
	var names []string
	var errs []error
	for _, part := range missing {
		names = append(names, part.name)
		errs = append(errs, fmt.Errorf("read %s: %w", part.name, part.err))
	}
	now := strings.Join(names, ",")
	if now != before && now != "" {
		m.log.LogAttrs(ctx, slog.LevelWarn, "the machine can't be read in full",
			slog.String("parts", now), slog.String("error", errors.Join(errs...).Error()))
	}
	return now
}
