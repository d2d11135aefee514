package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latido/hub/hubtest/eventsource"
)

// client talks to a server as a script would.
type client struct {
	testing.TB
	base string
	http *http.Client
	as   []string // headers that every request has, names and values
}

// with is the client with more headers.
func (c client) with(header ...string) client {
	c.as = append(slices.Clip(c.as), header...)
	return c
}

func newClient(t testing.TB, base string) client {
	transport := &http.Transport{MaxConnsPerHost: 0}
	t.Cleanup(transport.CloseIdleConnections)
	return client{t, base, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil}
}

// ask sends a request and returns status and body. The body of a POST is JSON.
func (c client) ask(method, path string, body any, header ...string) (int, string) {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			c.Fatal(err)
		}
		sent = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		c.Fatal(err)
	}
	if sent != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	c.dress(r, header...)
	response, err := c.http.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// dress gives a request the client's headers, and more.
func (c client) dress(r *http.Request, more ...string) {
	header := append(slices.Clip(c.as), more...)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
}

// fields are the members of a JSON object.
type fields map[string]any

// post sends JSON and returns the JSON it gets for it; anything but 200 ends
// the test.
func (c client) post(path string, body fields) fields {
	c.Helper()
	status, text := c.ask(http.MethodPost, path, body)
	return c.decode(path, status, text)
}

// get reads a JSON resource.
func (c client) get(path string) fields {
	c.Helper()
	status, text := c.ask(http.MethodGet, path, nil)
	return c.decode(path, status, text)
}

func (c client) decode(path string, status int, text string) (f fields) {
	c.Helper()
	if status != http.StatusOK {
		c.Fatalf("%s returned %d: %s", path, status, text)
	}
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		c.Fatalf("%s returned %q: %v", path, text, err)
	}
	return f
}

// notify sends user 1 a notification.
func (c client) notify(title, message string) {
	c.Helper()
	c.post("/sse/notify/1", fields{"title": title, "message": message})
}

// log adds an entry to the log card.
func (c client) log(level, message string) {
	c.Helper()
	c.post("/sse/broadcast/logs?event=log_entry", fields{"level": level, "service": "e2e", "message": message})
}

// historic is a stored event as GET /sse/history gives it.
type historic struct {
	ID    string          `json:"id"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
	Time  time.Time       `json:"time"`
}

// history returns all stored events of a channel after an id.
func (c client) history(channel, after string) (all []historic) {
	c.Helper()
	for {
		query := url.Values{"limit": {"1000"}}
		if after != "" {
			query.Set("after", after)
		}
		status, text := c.ask(http.MethodGet, "/sse/history/"+url.PathEscape(channel)+"?"+query.Encode(), nil)
		var page struct {
			Events []historic `json:"events"`
			Next   *string    `json:"next"`
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
			c.Fatalf("the history of %s returned %d %q: %v", channel, status, text, err)
		}
		all = append(all, page.Events...)
		if page.Next == nil {
			return all
		}
		after = *page.Next
	}
}

// streams is the number of streams the server counts.
func (c client) streams() int {
	c.Helper()
	n, _ := c.get("/sse/stats")["total_connections"].(float64)
	return int(n)
}

// waitStreams waits until the server counts n streams.
func (c client) waitStreams(n int) {
	c.Helper()
	eventually(c, "the number of open streams", func() bool { return c.streams() == n })
}

// eventually checks again and again until ok returns true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for !ok() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// receive returns what comes out of a channel, if it comes soon.
func receive[T any](t testing.TB, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
	}
	return v
}

// stream is an open event stream.
type stream struct {
	testing.TB
	data  chan string
	ended error // why the stream ended; read it after data is closed
}

// follow opens a stream; the test's end closes it.
func (c client) follow(path string) *stream {
	c.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		c.Fatal(err)
	}
	c.dress(r)
	response, err := c.http.Do(r)
	if err != nil {
		cancel()
		c.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		c.Errorf("%s returned %d %s", path, response.StatusCode, kind)
	}
	s := &stream{TB: c.TB, data: make(chan string, 256)}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(s.data)
		defer response.Body.Close()
		for p := eventsource.NewParser(response.Body, ""); ; {
			b, err := p.Event()
			if err != nil {
				s.ended = err
				return
			}
			select {
			case s.data <- b.Data:
			case <-ctx.Done():
				return
			}
		}
	})
	c.Cleanup(func() { cancel(); reading.Wait() })
	return s
}

// until waits for an event that contains text and returns its data.
func (s *stream) until(text string) string {
	s.Helper()
	late := time.After(patience)
	for {
		select {
		case data, open := <-s.data:
			if !open {
				s.Fatalf("the stream ended (%v) before %q came", s.ended, text)
			}
			if strings.Contains(data, text) {
				return data
			}
		case <-late:
			s.Fatalf("%q did not come within %v", text, patience)
		}
	}
}
