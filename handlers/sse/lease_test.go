package sse_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// lease is one that the test ends.
type lease struct {
	mu       sync.Mutex
	over     bool
	end      func()
	released int
}

func (l *lease) Begin(end func()) {
	l.mu.Lock()
	l.end = end
	over := l.over
	l.mu.Unlock()
	if over {
		end()
	}
}

func (l *lease) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.released++
}

func (l *lease) finish() {
	l.mu.Lock()
	l.over = true
	end := l.end
	l.mu.Unlock()
	if end != nil {
		end()
	}
}

func (l *lease) isReleased() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.released > 0
}

// TestEndAll: every stream that is open ends, told when to come back, also one that
// still reads what it missed; one that comes later goes on.
func TestEndAll(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{TopicEvents: 5}, sse.Kind{Gap: ssetest.Gap}, ways...)
		first := s.Publish("a", `{"n":0}`)
		for range 200 {
			s.Publish("a", `{"big":"`+strings.Repeat("x", 50<<10)+`"}`)
		}
		clients := []*ssetest.Client{s.Dial("channel=a"), s.Dial("channel=b&user=7")}
		for _, c := range clients {
			ssetest.Block(t, c.Events)
		}
		replay := s.Dial("channel=a&after=" + first.String()) // which takes nothing of it yet
		ssetest.Eventually(t, "all are open", func() bool { return s.Server.Stats().Open == 3 })
		s.Server.EndAll()
		for i, c := range clients {
			rest, err := io.ReadAll(c.R)
			if err != nil || !strings.Contains(string(rest), "retry: ") {
				t.Errorf("stream %d ends with %q, %v", i, rest, err)
			}
		}
		if _, err := io.Copy(io.Discard, replay.R); err != nil {
			t.Error(err)
		}
		ssetest.Eventually(t, "all have ended", func() bool { return s.Server.Stats().Ended[sse.Revoked] == 3 })
		later := s.Dial("channel=a")
		ssetest.Block(t, later.Events)
		s.Publish("a", `{"later":1}`)
		if text := ssetest.Block(t, later.Events).Data; !strings.Contains(text, "later") {
			t.Errorf("a stream of afterwards got %q", text)
		}
	})
}

// TestLeaseEndsItsStream: when the lease is over the stream ends, and no other;
// one that is over before it begins, or while a replay is read, ends as well; and
// every lease is released.
func TestLeaseEndsItsStream(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{TopicEvents: 5}, sse.Kind{Gap: ssetest.Gap}, ways...)
		var mine *lease
		s.Lease = func(r *http.Request) sse.Lease {
			if r.URL.Query().Get("user") == "" {
				return nil
			}
			return mine
		}
		first := s.Publish("a", `{"n":0}`)
		other := s.Dial("channel=a")
		ssetest.Block(t, other.Events)
		ends := func(what string, c *ssetest.Client, l *lease, n uint64) {
			t.Helper()
			if _, err := io.Copy(io.Discard, c.R); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			ssetest.Eventually(t, what+": released", l.isReleased)
			ssetest.Eventually(t, what+": counted", func() bool { return s.Server.Stats().Ended[sse.Revoked] == n })
		}

		mine = &lease{}
		c := s.Dial("channel=a&user=7")
		ssetest.Block(t, c.Events)
		mine.finish()
		ends("an open stream", c, mine, 1)

		mine = &lease{over: true}
		ends("a lease that was over", s.Dial("channel=a&user=7"), mine, 2)

		for range 200 {
			s.Publish("a", `{"big":"`+strings.Repeat("x", 50<<10)+`"}`)
		}
		mine = &lease{}
		c = s.Dial("channel=a&user=7&after=" + first.String()) // which takes nothing of its replay yet
		mine.finish()
		ends("a replay", c, mine, 3)

		if s.Server.Stats().Open != 1 {
			t.Errorf("%d streams are open, want the other one", s.Server.Stats().Open)
		}
	})
}

// TestEndAllEndsStreamsThatAreBeginning: a stream that has been counted in and is not
// yet where EndAll would find it, is one that is open.
func TestEndAllEndsStreamsThatAreBeginning(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		var during atomic.Bool
		ways = slices.Clone(ways)
		for i, way := range ways {
			ways[i] = func(server *sse.Server) sse.Transport {
				return accepting{way(server), func() {
					if during.Load() {
						server.EndAll()
					}
				}}
			}
		}
		s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{}, ways...)
		open := s.Dial("channel=a&key=other")
		ssetest.Block(t, open.Events)

		during.Store(true)
		c := s.Dial("channel=a")
		during.Store(false)
		if _, err := io.Copy(io.Discard, c.R); err != nil {
			t.Error(err)
		}
		ssetest.Eventually(t, "both have ended", func() bool { return s.Server.Stats().Ended[sse.Revoked] == 2 })

		s.Lease = func(*http.Request) sse.Lease { return &beginning{s.Server.EndAll} }
		c = s.Dial("channel=a")
		if _, err := io.Copy(io.Discard, c.R); err != nil {
			t.Error(err)
		}
		ssetest.Eventually(t, "the third has ended", func() bool { return s.Server.Stats().Ended[sse.Revoked] == 3 })
	})
}

// accepting calls before a stream is accepted.
type accepting struct {
	sse.Transport
	before func()
}

func (a accepting) Accepts(r *http.Request, st *sse.Stream) bool {
	a.before()
	return a.Transport.Accepts(r, st)
}

// beginning is a lease that calls when it begins.
type beginning struct{ call func() }

func (b *beginning) Begin(func()) { b.call() }

func (b *beginning) Release() {}
