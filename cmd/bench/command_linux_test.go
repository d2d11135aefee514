package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tests of bench set its flags themselves and are therefore within the
// package: what they print and return is checked, with a server of their own.

// echo is a server of events that speaks like Latido, on one channel.
type echo struct {
	*httptest.Server
	mu     sync.Mutex
	wake   chan struct{} // closed and replaced with each event
	events []string
	over   chan struct{}
	posted func(i int)
	tokens map[string]int
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	e := &echo{wake: make(chan struct{}), over: make(chan struct{}), tokens: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sse/events", e.stream)
	mux.HandleFunc("POST /sse/broadcast/{channel}", e.take)
	e.Server = serveStreams(t, mux, e.over)
	return e
}

func (e *echo) stream(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.FormValue("channel"), "bench-") {
		http.Error(w, "no such channel", http.StatusNotFound)
		return
	}
	e.mu.Lock()
	e.tokens[r.Header.Get("Authorization")]++
	at := len(e.events)
	e.mu.Unlock()
	for {
		e.mu.Lock()
		due, wake := e.events[at:], e.wake
		e.mu.Unlock()
		for _, event := range due {
			fmt.Fprintf(w, "data: %s\n\n", event)
		}
		at += len(due)
		w.(http.Flusher).Flush()
		select {
		case <-wake:
		case <-r.Context().Done():
			return
		case <-e.over:
			return
		}
	}
}

func (e *echo) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e.mu.Lock()
	e.tokens[r.Header.Get("Authorization")]++
	e.events = append(e.events, string(body))
	n := len(e.events)
	close(e.wake)
	e.wake = make(chan struct{})
	e.mu.Unlock()
	if e.posted != nil {
		e.posted(n)
	}
}

// config is a short load for it.
func (e *echo) config() config {
	return config{
		URL: e.URL, Subscribers: 20, Rate: 100, Duration: 100 * time.Millisecond, Channels: 1, Publishers: 1, Lateness: time.Minute,
		SubscribePath: "/sse/events?channel={channel}", PublishPath: "/sse/broadcast/{channel}",
	}
}

func TestBenchPrintsRunsAndRatios(t *testing.T) {
	t.Setenv(childEnv, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=10 "+os.Getenv("GORACE")) // by default it waits a second
	e := newEcho(t)
	c := e.config()
	c.Baseline, c.JSON, c.Pin = true, true, true
	c.Header = []string{"Authorization: Bearer s:1"}
	var out bytes.Buffer
	if err := c.bench(t.Context(), &out, io.Discard, []string{os.Args[0]}); err != nil {
		t.Fatal(err)
	}
	var runs []string
	for line := range strings.Lines(out.String()) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		runs = append(runs, r["run"].(string))
		if r["run"] == "ratio" {
			if v, ok := r["server_cpu_us_per_delivery"].(float64); !ok || v <= 0 {
				t.Errorf("the ratio of CPU is %v", r["server_cpu_us_per_delivery"])
			}
			continue
		}
		if r["deliveries_received"] != 200.0 || r["deliveries_expected"] != 200.0 || r["events_sent"] != 10.0 || r["connected"] != 20.0 {
			t.Errorf("20 subscribers and 10 events came to %s", line)
		}
	}
	if got := strings.Join(runs, " "); got != "server baseline ratio" {
		t.Errorf("the lines are of %q", got)
	}
	if len(e.tokens) != 1 || e.tokens["Bearer s:1"] != 30 {
		t.Errorf("the header came as %v, want it with 20 streams and 10 events", e.tokens)
	}
}

func TestBenchProgressIsNoLog(t *testing.T) {
	t.Parallel()
	if p := (config{JSON: true}).progress(io.Discard); p != nil {
		t.Error("progress goes with --json to what is no terminal")
	}
	if p := (config{}).progress(io.Discard); p == nil || p.Terminal {
		t.Errorf("progress for people, not on a terminal, is %+v", p)
	}
}

func TestBenchForPeople(t *testing.T) {
	e := newEcho(t)
	var out bytes.Buffer
	if err := e.config().bench(t.Context(), &out, io.Discard, nil); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"server " + e.URL, "  connected     20 of 20 in ", "  events        10 sent, 0 failed", "  deliveries    200 of 200"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("the text has no line %q:\n%s", line, out.String())
		}
	}
}

func TestBenchInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	e := newEcho(t)
	e.posted = func(i int) {
		if i == 5 {
			stop()
		}
	}
	c := e.config()
	c.Duration, c.Baseline = time.Hour, true
	var out bytes.Buffer
	if err := c.bench(ctx, &out, io.Discard, nil); !errors.Is(err, errInterrupted) {
		t.Errorf("the error is %v, want %v", err, errInterrupted)
	}
	if !strings.Contains(out.String(), "interrupted") || strings.Contains(out.String(), "baseline") {
		t.Errorf("the text is:\n%s", out.String())
	}
}

func TestBenchWithoutAServer(t *testing.T) {
	e := newEcho(t)
	e.Close()
	var out bytes.Buffer
	err := e.config().bench(t.Context(), &out, io.Discard, nil)
	if err == nil || errors.Is(err, errUsage) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("the error is %v, want that the connection was refused", err)
	}
}

func TestBenchComplainsAtOnce(t *testing.T) {
	t.Parallel()
	good := config{URL: "http://127.0.0.1:8080", Subscribers: 10, Rate: 1, Duration: time.Second, Channels: 1, Publishers: 1,
		SubscribePath: "/{channel}", PublishPath: "/{channel}"}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	bad := config{URL: "https://example.org", Subscribers: 0, Rate: -1, Duration: 0, Channels: 0, Publishers: 0, Stalled: 2, Size: -1,
		Settle: -1, PID: []int{0}, Header: []string{"Authorization", "a b: c", "x: a\nb"}, SubscribePath: "/", PublishPath: "x{channel}"}
	err := bad.run(t.Context(), io.Discard, io.Discard)
	if !errors.Is(err, errUsage) {
		t.Fatalf("the error is %v, want a bad setting", err)
	}
	for _, part := range []string{"https://example.org", "--subscribers 0", "--rate -1", "--duration 0s", "--channels 0", "--publishers 0",
		"--stalled 2", "--size -1", "--settle -1ns", "--pid 0", `--header "Authoriz"`, `--header "a b"`, `--header "x"`,
		`--subscribe-path "/"`, `--publish-path "x{channel}"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the complaints leave out %s:\n%v", part, err)
		}
	}
	for name, c := range map[string]func(*config){
		"more channels than subscribers": func(c *config) { c.Channels = 11 },
		"no number":                      func(c *config) { c.Stalled = math.NaN() },
	} {
		c2 := good
		c(&c2)
		if err := c2.check(); !errors.Is(err, errUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
