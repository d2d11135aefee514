package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"latido/handlers"
	"latido/handlers/access"
	"latido/handlers/sse"
	"latido/handlers/sse/conn"
	"latido/handlers/sse/epoll"
	"latido/handlers/web"
	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/hubtest/eventsource"
	"latido/streams/event"
)

// rig is the whole handler over real HTTP, on a real hub with a journal in
// memory.
type rig struct {
	t       testing.TB
	url     string
	handler http.Handler
	kernel  *web.Kernel
	hub     *hub.Hub
	journal *hubtest.Journal
	streams *sse.Server
	jobs    *fakeJobs
	log     *syncBuffer
}

// ordinary reports whether all streams are served in goroutines: make test runs
// every test both ways.
func ordinary() bool { return os.Getenv("LATIDO_ORDINARY_STREAMS") != "" }

func transports() []sse.NewTransport {
	if ordinary() {
		return []sse.NewTransport{conn.New}
	}
	return []sse.NewTransport{epoll.New, conn.New}
}

func newRig(t testing.TB, options ...func(*handlers.Config)) *rig {
	t.Helper()
	return newRigWith(t, hub.Retention{}, 0, options...)
}

func newRigWith(t testing.TB, limits hub.Retention, replay int, options ...func(*handlers.Config)) *rig {
	t.Helper()
	r := &rig{t: t, journal: hubtest.NewJournal(), streams: sse.NewServer(sse.Options{}, transports()...), jobs: &fakeJobs{}, log: &syncBuffer{}}
	r.hub = hub.New(r.journal, hub.Options{Retention: limits, MaxReplay: replay})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.hub.Run(ctx) }()
	<-r.hub.Ready()
	cfg := handlers.Config{
		Hub: r.hub, Streams: r.streams, Access: access.New(nil, access.Options{Mode: access.Open}), Jobs: r.jobs, Node: fakeNode{}, Logger: slog.New(slog.NewTextHandler(r.log, nil)),
		Version: "test", Started: time.Now(), Backup: noBackup,
	}
	for _, o := range options {
		o(&cfg)
	}
	pages, kernel := handlers.NewWithKernel(cfg)
	r.kernel = kernel
	drawn := make(chan error, 1)
	go func() { drawn <- pages.Run(ctx) }()
	r.handler = pages
	server := httptest.NewUnstartedServer(r.handler)
	server.Config.ConnContext = epoll.ConnContext
	server.Start()
	r.url = server.URL
	t.Cleanup(func() {
		if err := r.streams.Drain(context.Background()); err != nil {
			t.Error(err)
		}
		server.Close()
		stop()
		for _, end := range []<-chan error{ended, drawn} {
			if err := <-end; err != nil {
				t.Error(err)
			}
		}
	})
	return r
}

// last is how many events are stored.
func (r *rig) last() uint64 {
	r.t.Helper()
	b, err := r.journal.Bounds(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return b.Last
}

// response is a response whose body has been read.
type response struct {
	status int
	header http.Header
	body   string
}

func (a response) json(t testing.TB) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v in the response %q", err, a.body)
	}
	return v
}

// do sends a request; headers are pairs of name and value.
func (r *rig) do(method, path, body string, headers ...string) response {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, string(b)}
}

// post sends JSON.
func (r *rig) post(path, body string, headers ...string) response {
	r.t.Helper()
	return r.do("POST", path, body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

// stream is an open event stream.
type stream struct {
	t      testing.TB
	header http.Header
	cancel context.CancelFunc
	events *eventsource.Parser
}

func (r *rig) open(path string, headers ...string) *stream {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, "GET", r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		cancel()
		res.Body.Close()
	})
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(res.Body)
		r.t.Fatalf("GET %s: %s: %s", path, res.Status, b)
	}
	return &stream{r.t, res.Header, cancel, eventsource.NewParser(res.Body, "")}
}

// next reads the next event.
func (s *stream) next() eventsource.Block {
	s.t.Helper()
	e, err := s.read()
	if err != nil {
		s.t.Fatalf("read the stream: %v", err)
	}
	return e
}

// read is next for goroutines that may not end the test. Lines that the standard says to
// ignore are errors here.
func (s *stream) read() (eventsource.Block, error) {
	for {
		e, err := s.events.Block()
		if err == nil && len(e.Ignored) > 0 {
			err = fmt.Errorf("unknown fields %q", e.Ignored)
		}
		if err != nil || e.HasData {
			return e, err
		}
	}
}

// object reads the next event as JSON.
func (s *stream) object() (name string, data map[string]any, e eventsource.Block) {
	s.t.Helper()
	e = s.next()
	var v struct {
		Event string         `json:"event"`
		Data  map[string]any `json:"data"`
	}
	if err := json.Unmarshal([]byte(e.Data), &v); err != nil {
		s.t.Fatalf("%v in %q", err, e.Data)
	}
	return v.Event, v.Data, e
}

// fakeJobs runs nothing: what tasks do is tested where they live.
type fakeJobs struct {
	mu       sync.Mutex
	exported []string
	busy     bool
}

func (j *fakeJobs) StartExport(_ context.Context, channel string) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.busy {
		return "", web.ErrBusy
	}
	j.exported = append(j.exported, channel)
	return "task_1", nil
}

func (j *fakeJobs) Cancel(id string) error {
	if id != "task_1" {
		return web.ErrNotFound
	}
	return nil
}

func (j *fakeJobs) Running(id string) bool { return id == "task_1" }

type seekCloser struct{ *bytes.Reader }

func (seekCloser) Close() error { return nil }

func (j *fakeJobs) OpenExport(id string) (io.ReadSeekCloser, time.Time, error) {
	if id != "task_1" {
		return nil, time.Time{}, web.ErrNotFound
	}
	return seekCloser{bytes.NewReader([]byte("{}\n"))}, time.Unix(1, 0), nil
}

type fakeNode struct{}

func (fakeNode) Producers() []event.Producer {
	return []event.Producer{{Name: "metrics", State: "running"}, {Name: "logs", State: "retrying", Error: "no disk"}}
}

func (fakeNode) Machine() *event.Machine { return nil }

// syncBuffer is a bytes.Buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
