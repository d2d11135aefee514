package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// measure runs a load and ends the test when it fails.
func measure(t *testing.T, cfg config) result {
	t.Helper()
	res, err := runLoad(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// counts are the figures that no clock decides. What is not named is zero.
type counts struct {
	connected, refused, closed, stalled, sent, failed, expected, received int64
}

func (want counts) check(t *testing.T, r result) {
	t.Helper()
	if got := (counts{r.Connected, r.Refused, r.Closed, r.Stalled, r.Sent, r.Failed, r.Expected, r.Received}); got != want {
		t.Errorf("measured %+v, want %+v (%s; %s)", got, want, r.FirstRefusal, r.FirstFailure)
	}
}

func TestEveryDeliveryIsCounted(t *testing.T) {
	s := serve(t, &small{})
	res := measure(t, s.config())
	counts{connected: 60, sent: 30, expected: 600, received: 600}.check(t, res)
	if !slices.Equal(res.PIDs, []int{os.Getpid()}) || res.Note != "" {
		t.Errorf("the server's processes are %v (%s), want this one, %d", res.PIDs, res.Note, os.Getpid())
	}
	for name, f := range map[string]*float64{"connect CPU": res.ConnectCPU, "CPU": res.DeliveryCPU, "memory": res.MemoryIdle,
		"rate": res.PerSecond, "p50": res.P50, "p99": res.P99, "p99.9": res.P999, "max": res.Max} {
		if f == nil || *f <= 0 {
			t.Errorf("%s was not measured", name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.headers) != 90 || slices.ContainsFunc(s.headers, func(h string) bool { return h != "yes" }) {
		t.Errorf("the header came with %q, want it with 60 subscriptions and 30 events", s.headers)
	}
}

func TestStalledAreApart(t *testing.T) {
	cfg := serve(t, &small{}).config()
	cfg.Stalled, cfg.Channels = .25, 1
	counts{connected: 60, stalled: 15, sent: 30, expected: 45 * 30, received: 45 * 30}.check(t, measure(t, cfg))
}

func TestLargeEventsAreFound(t *testing.T) {
	cfg := serve(t, &small{}).config()
	cfg.Size = 20000
	counts{connected: 60, sent: 30, expected: 600, received: 600}.check(t, measure(t, cfg))
}

func TestRefusalsAreCountedAndShown(t *testing.T) {
	cfg := serve(t, &small{refuse: func(i int) bool { return i%2 == 0 }}).config()
	cfg.Channels = 1
	res := measure(t, cfg)
	counts{connected: 30, refused: 30, sent: 30, expected: 900, received: 900}.check(t, res)
	if want := "HTTP/1.1 503 Service Unavailable: no room left"; res.FirstRefusal != want {
		t.Errorf("the first refusal is %q, want %q", res.FirstRefusal, want)
	}
}

func TestNobodyIsAnError(t *testing.T) {
	cfg := serve(t, &small{refuse: func(int) bool { return true }}).config()
	res, err := runLoad(t.Context(), cfg)
	if !errors.Is(err, errNobody) || !strings.Contains(err.Error(), "503") {
		t.Errorf("the error is %v, want one that says 503", err)
	}
	counts{refused: 60}.check(t, res)
}

func TestClosedStreamsAreCounted(t *testing.T) {
	// Patience stays long: what is closed is not waited for.
	cfg := serve(t, &small{closing: true}).config()
	counts{connected: 60, closed: 60, sent: 30, expected: 600, received: 60}.check(t, measure(t, cfg))
}

func TestFailedEventsAreCountedAndShown(t *testing.T) {
	cfg := serve(t, &small{failing: func(i int) bool { return i <= 10 }}).config()
	cfg.Channels = 1
	res := measure(t, cfg)
	counts{connected: 60, sent: 20, failed: 10, expected: 1200, received: 1200}.check(t, res)
	if want := "429 Too Many Requests: not today"; res.FirstFailure != want {
		t.Errorf("the first failure is %q, want %q", res.FirstFailure, want)
	}
}

// Events that are too late are neither sent nor failed.
func TestLateEventsAreGivenUp(t *testing.T) {
	cfg := serve(t, &small{}).config()
	cfg.Lateness = -time.Hour
	res := measure(t, cfg)
	counts{connected: 60}.check(t, res)
	var text strings.Builder
	if err := res.writeText(&text); err != nil || res.Planned != 30 || !strings.Contains(text.String(), "  not sent    30: ") {
		t.Errorf("%d planned, %v:\n%s", res.Planned, err, text.String())
	}
}

func TestInterruptedRunReturnsWhatItHas(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s := serve(t, &small{posted: func(i int) {
		if i == 10 {
			stop()
		}
	}})
	cfg := s.config()
	cfg.Duration = time.Hour
	res, err := runLoad(ctx, cfg)
	if err != nil || !res.Interrupted {
		t.Errorf("interrupted %v, error %v, want an interrupted run without an error", res.Interrupted, err)
	}
	if res.Connected != 60 || res.Sent < 8 || res.Sent > 30 {
		t.Errorf("%d connected and %d events sent, want 60 and about ten", res.Connected, res.Sent)
	}
}

func TestTooFewFiles(t *testing.T) {
	cfg := serve(t, &small{}).config()
	cfg.Subscribers = 1 << 30
	if err := raiseFiles(cfg); !errors.Is(err, errFiles) || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a thousand million subscribers returned %v", err)
	}
}

func TestKeysOfTheResult(t *testing.T) {
	t.Parallel()
	keys := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		var all []string
		for i := 0; ; i++ {
			token, err := dec.Token()
			if err != nil {
				break
			}
			if s, ok := token.(string); ok && i%2 == 1 {
				all = append(all, s)
			}
		}
		return strings.Join(all, " ")
	}
	// Scripts read these: .ci/bench among them.
	const wantResult = "run url subscribers channels publishers rate duration_s size interrupted connected refused closed stalled stalled_closed " +
		"connect_s server_cpu_us_per_connect events_planned events_sent events_failed deliveries_expected deliveries_received wall_s " +
		"deliveries_per_s p50_ms p99_ms p999_ms max_ms server_cpu_us_per_delivery server_bytes_per_subscriber server_idle_bytes " +
		"server_start_bytes server_pids"
	if got := keys(result{}); got != wantResult {
		t.Errorf("the keys are %s", got)
	}
	const wantRatios = "run server_cpu_us_per_delivery server_cpu_us_per_connect server_bytes_per_subscriber deliveries_per_s p50_ms p99_ms"
	if got := keys(ratios{}); got != wantRatios {
		t.Errorf("the keys are %s", got)
	}
}

func TestForeignProcess(t *testing.T) {
	cfg := serve(t, &small{}).config()
	cfg.PID = []int{1 << 22}
	res := measure(t, cfg)
	if res.DeliveryCPU != nil || res.MemoryIdle != nil || !strings.Contains(res.Note, "left out") {
		t.Errorf("a process that is not there has figures: %v %v, %q", res.DeliveryCPU, res.MemoryIdle, res.Note)
	}
	counts{connected: 60, sent: 30, expected: 600, received: 600}.check(t, res)
}
