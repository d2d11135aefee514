package streams

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams/event"
)

// rig is a machine made up: a quarter of core one and none of core two is busy
// for 200 ms, then all of both.
type rig struct {
	began  time.Time
	broken map[string]error
	disks  map[string]usage
	list   []mount
	nets   func(seconds float64) []netCounters
}

func newRig() *rig {
	return &rig{
		began:  time.Now(),
		broken: map[string]error{},
		disks:  map[string]usage{"/": {device: "8:1", used: 30 * gib, free: 60 * gib, total: 100 * gib}},
		list:   []mount{{device: "sda1", path: "/"}},
		nets: func(s float64) []netCounters {
			return []netCounters{
				{name: "lo", in: 1, out: 1, loopback: true},
				{name: "eth0", in: 1000 + uint64(100*s), out: 500 + uint64(10*s)},
			}
		},
	}
}

func (r *rig) seconds() float64 { return time.Since(r.began).Seconds() }

func (r *rig) cores(context.Context) ([]coreTimes, error) {
	s := r.seconds()
	busy := 0.25*min(s, 0.2) + max(0, s-0.2)
	return []coreTimes{
		{name: "cpu0", busy: 100 + busy, total: 1000 + s},
		{name: "cpu1", busy: 50 + max(0, s-0.2), total: 1000 + s},
	}, r.broken["cores"]
}

func (r *rig) memory(context.Context) (memory, error) {
	return memory{used: 3 * gib / 2, total: 6 * gib}, r.broken["memory"]
}

func (r *rig) swap(context.Context) (uint64, uint64, error) { return 5, 50, r.broken["swap"] }

func (r *rig) load(context.Context) (float64, float64, float64, error) {
	return 1, 2, 3, r.broken["load"]
}

func (r *rig) host(context.Context) (string, string, error) {
	return "box", "plan 9", r.broken["host"]
}

func (r *rig) uptime(context.Context) (time.Duration, error) { return time.Hour, r.broken["uptime"] }

func (r *rig) disk(_ context.Context, path string) (usage, error) {
	u, ok := r.disks[path]
	if !ok {
		return usage{}, errors.New("no such disk")
	}
	return u, r.broken["disk"]
}

func (r *rig) mounts(context.Context) ([]mount, error) { return r.list, r.broken["mounts"] }

func (r *rig) networks(context.Context) ([]netCounters, error) {
	return r.nets(r.seconds()), r.broken["networks"]
}

// runMetrics runs a producer on the rig; stop ends it and returns its error.
func runMetrics(t *testing.T, r *rig, cfg MetricsConfig, to hub.Publisher) (m *Metrics, stop func() error) {
	t.Helper()
	m = NewMetrics(cfg)
	m.probe = r
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx, to) }()
	return m, func() error {
		cancel()
		return <-done
	}
}

func sleepBubble(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestMetricsSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		out := &hubtest.Recorder{}
		m, stop := runMetrics(t, newRig(), MetricsConfig{}, out)
		synctest.Wait()
		if m.Latest() != nil {
			t.Error("a machine is known before the first sample")
		}
		sleepBubble(11 * time.Second)
		if err := stop(); err != context.Canceled {
			t.Errorf("Run: %v", err)
		}
		events := out.All()
		if len(events) != 3 {
			t.Fatalf("%d samples in 11 s, want 3", len(events))
		}
		for i, want := range []struct {
			at  time.Duration
			cpu string
		}{{200 * time.Millisecond, "12.5"}, {5200 * time.Millisecond, "100"}, {10200 * time.Millisecond, "100"}} {
			e := events[i]
			if got := e.At.Sub(began); got != want.at {
				t.Errorf("sample %d came at %v, want %v", i, got, want.at)
			}
			if e.Name != "system_metrics" || e.Channel != "metrics" || e.User != 0 {
				t.Errorf("sample %d is %s to %q and user %d", i, e.Name, e.Channel, e.User)
			}
			wantJSON := fmt.Sprintf(`{"cpu_percent":%s,"memory_percent":25,"memory_used_gb":1.5,"memory_total_gb":6,`+
				`"disk_percent":33.33,"disk_free_gb":60,"timestamp":%q}`, want.cpu, event.TimestampMillis(e.At))
			if string(e.Data) != wantJSON {
				t.Errorf("sample %d is %s, want %s", i, e.Data, wantJSON)
			}
		}
	})
}

func TestMetricsKeepsTheMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, stop := runMetrics(t, newRig(), MetricsConfig{}, &hubtest.Recorder{})
		sleepBubble(201 * time.Millisecond)
		first := m.Latest()
		want := &event.Machine{
			At: time.Now().Add(-time.Millisecond), Host: "box", Platform: "plan 9",
			Cores: []float64{25, 0}, Load1: 1, Load5: 2, Load15: 3,
			MemoryUsed: 3 * gib / 2, MemoryTotal: 6 * gib, SwapUsed: 5, SwapTotal: 50,
			Disks:    []event.Disk{{Path: "/", Used: 30 * gib, Total: 100 * gib}},
			Networks: []event.Network{{Name: "eth0", InRate: 100, OutRate: 10, In: 1020, Out: 502}},
			Uptime:   time.Hour,
		}
		if first == nil {
			t.Fatal("no machine is known after the first sample")
		}
		for i, c := range first.Cores {
			first.Cores[i] = math.Round(c) // counters are differences of large floats
		}
		if !reflect.DeepEqual(first, want) {
			t.Errorf("got %+v, want %+v", first, want)
		}
		sleepBubble(5 * time.Second)
		second := m.Latest()
		if n := second.Networks[0]; n.In != 1520 || n.InRate != 100 || math.Abs(second.Cores[1]-100) > 0.01 {
			t.Errorf("second sample: %+v, cores %v", n, second.Cores)
		}
		stop()
	})
}

func TestMetricsSurvivesMissingParts(t *testing.T) {
	no := errors.New("no")
	for _, part := range []string{"swap", "load", "host", "uptime", "disk", "mounts", "networks"} {
		t.Run(part, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				r := newRig()
				r.broken[part] = no
				out := &hubtest.Recorder{}
				_, stop := runMetrics(t, r, MetricsConfig{Log: slog.New(slog.NewTextHandler(&log, nil))}, out)
				sleepBubble(6 * time.Second)
				stop()
				events := out.All()
				if len(events) != 2 {
					t.Fatalf("%d samples, want 2", len(events))
				}
				data := events[1].Object(t)
				if null := data["disk_percent"] == nil && data["disk_free_gb"] == nil; null != (part == "disk") {
					t.Errorf("the disk's figures: %s", events[1].Data)
				}
				if got := strings.Count(log.String(), "parts="+part+" "); got != 1 {
					t.Errorf("%d complaints about %s, want 1: %s", got, part, &log)
				}
			})
		})
	}
}

func TestMetricsFails(t *testing.T) {
	no := errors.New("no")
	cases := map[string]func(*rig, *hubtest.Recorder){
		"cores":  func(r *rig, _ *hubtest.Recorder) { r.broken["cores"] = no },
		"memory": func(r *rig, _ *hubtest.Recorder) { r.broken["memory"] = no },
		"publisher": func(_ *rig, p *hubtest.Recorder) {
			p.Before = func(context.Context, hub.Draft) error { return no }
		},
	}
	for name, breakIt := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, out := newRig(), &hubtest.Recorder{}
				breakIt(r, out)
				m, stop := runMetrics(t, r, MetricsConfig{}, out)
				sleepBubble(time.Second)
				if err := stop(); !errors.Is(err, no) {
					t.Errorf("Run: %v, want it to wrap the failure", err)
				}
				if got := m.Latest(); (got != nil) != (name == "publisher") {
					t.Errorf("the machine is known as %+v", got)
				}
			})
		})
	}
}

func TestMetricsGivesUpOnASilentPublisher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &hubtest.Recorder{Before: func(ctx context.Context, _ hub.Draft) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		m := NewMetrics(MetricsConfig{})
		m.probe = newRig()
		began := time.Now()
		if err := m.Run(t.Context(), out); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run: %v", err)
		}
		if got := time.Since(began); got != firstWindow+publishTimeout {
			t.Errorf("gave up after %v", got)
		}
	})
}

func TestMetricsOfThisMachine(t *testing.T) {
	out := &hubtest.Recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	out.Before = func(_ context.Context, d hub.Draft) error {
		cancel() // one sample is enough
		var s event.SystemMetrics
		if err := json.Unmarshal(d.Data, &s); err != nil {
			t.Error(err)
		}
		cpu, memory, used, disk := s.CPU.Float(), s.Memory.Float(), s.MemoryUsed.Float(), s.Disk.Float()
		if !s.CPU.Has() || cpu < 0 || cpu > 100 || memory <= 0 || memory > 100 || used <= 0 || s.MemoryTotal.Float() < used ||
			!s.Disk.Has() || disk < 0 || disk > 100 || !s.DiskFree.Has() || s.DiskFree.Float() < 0 {
			t.Errorf("unlikely: %s", d.Data)
		}
		return nil
	}
	m := NewMetrics(MetricsConfig{DiskPath: t.TempDir()})
	if err := m.Run(ctx, out); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	got := m.Latest()
	if got == nil {
		t.Fatal("no machine is known")
	}
	if len(got.Cores) == 0 || got.MemoryTotal == 0 || len(got.Disks) == 0 || got.Host == "" || got.Platform == "" {
		t.Errorf("unlikely: %+v", got)
	}
	if slices.IndexFunc(got.Disks[1:], func(d event.Disk) bool { return d == got.Disks[0] }) >= 0 {
		t.Errorf("a disk twice: %+v", got.Disks)
	}
}
