package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// small is a server of events: GET /s/{channel} and POST /p/{channel}.
type small struct {
	*httptest.Server
	mu      sync.Mutex
	readers map[string][]chan string
	asked   int
	posts   int
	over    chan struct{} // ends every stream

	refuse  func(i int) bool // whether the i-th stream is refused
	failing func(i int) bool // whether the i-th event is
	closing bool             // end each stream after its first event
	posted  func(i int)      // called for the i-th event
	headers []string         // X-Test of everybody
}

// serveStreams serves until the test's end, which closes over to end the streams first.
func serveStreams(t *testing.T, h http.Handler, over chan struct{}) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		close(over)
		s.Close()
	})
	return s
}

func serve(t *testing.T, s *small) *small {
	t.Helper()
	s.readers, s.over = map[string][]chan string{}, make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /s/{channel}", s.subscribe)
	mux.HandleFunc("POST /p/{channel}", s.publish)
	s.Server = serveStreams(t, mux, s.over)
	return s
}

func (s *small) subscribe(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	s.headers = append(s.headers, r.Header.Get("X-Test"))
	if s.refuse != nil && s.refuse(s.asked) {
		s.mu.Unlock()
		http.Error(w, "no room left", http.StatusServiceUnavailable)
		return
	}
	events := make(chan string, 1000)
	channel := r.PathValue("channel")
	s.readers[channel] = append(s.readers[channel], events)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, ": hello\n\n")
	w.(http.Flusher).Flush()
	for {
		select {
		case e := <-events:
			fmt.Fprintf(w, "data: %s\n\n", e)
			w.(http.Flusher).Flush()
			if s.closing {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.over:
			return
		}
	}
}

func (s *small) publish(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	s.posts++
	i := s.posts
	s.headers = append(s.headers, r.Header.Get("X-Test"))
	bad := err != nil || s.failing != nil && s.failing(i)
	if !bad {
		for _, events := range s.readers[r.PathValue("channel")] {
			select {
			case events <- string(body):
			default: // a stalled one loses it
			}
		}
	}
	s.mu.Unlock()
	if s.posted != nil {
		s.posted(i)
	}
	if bad {
		http.Error(w, "not today", http.StatusTooManyRequests)
	}
}

// config is a short load for it.
func (s *small) config() config {
	return config{
		URL: s.URL, SubscribePath: "/s/{channel}", PublishPath: "/p/{channel}", Subscribers: 60, Channels: 3, Publishers: 2,
		Rate: 300, Duration: 100 * time.Millisecond, Patience: 5 * time.Second, Lateness: time.Minute,
		Header: []string{"X-Test: yes"},
	}
}
