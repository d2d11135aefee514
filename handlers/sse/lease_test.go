package sse_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"latido/handlers/sse"
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
	bothWays(t, func(t *testing.T, o sse.Options) {
		s := newSite(t, o, hub.Limits{TopicEvents: 5}, sse.Kind{Gap: gapOf})
		first := s.publish("a", `{"n":0}`)
		for range 200 {
			s.publish("a", `{"big":"`+strings.Repeat("x", 50<<10)+`"}`)
		}
		clients := []*client{s.dial("channel=a"), s.dial("channel=b&user=7")}
		for _, c := range clients {
			block(t, c.r)
		}
		replay := s.dial("channel=a&after=" + first.String()) // which takes nothing of it yet
		eventually(t, "all are open", func() bool { return s.door.Stats().Open == 3 })
		s.door.EndAll()
		for i, c := range clients {
			rest, err := io.ReadAll(c.r)
			if err != nil || !strings.Contains(string(rest), "retry: ") {
				t.Errorf("stream %d ends with %q, %v", i, rest, err)
			}
		}
		if _, err := io.Copy(io.Discard, replay.r); err != nil {
			t.Error(err)
		}
		eventually(t, "all have ended", func() bool { return s.door.Stats().Ended[sse.Revoked] == 3 })
		later := s.dial("channel=a")
		block(t, later.r)
		s.publish("a", `{"later":1}`)
		if text := block(t, later.r); !strings.Contains(text, "later") {
			t.Errorf("a stream of afterwards got %q", text)
		}
	})
}

// TestLeaseEndsItsStream: when the lease is over the stream ends, and no other;
// one that is over before it begins, or while a replay is read, ends as well; and
// every lease is released.
func TestLeaseEndsItsStream(t *testing.T) {
	bothWays(t, func(t *testing.T, o sse.Options) {
		s := newSite(t, o, hub.Limits{TopicEvents: 5}, sse.Kind{Gap: gapOf})
		var mine *lease
		s.lease = func(r *http.Request) sse.Lease {
			if r.URL.Query().Get("user") == "" {
				return nil
			}
			return mine
		}
		first := s.publish("a", `{"n":0}`)
		other := s.dial("channel=a")
		block(t, other.r)
		ends := func(what string, c *client, l *lease, n uint64) {
			t.Helper()
			if _, err := io.Copy(io.Discard, c.r); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			eventually(t, what+": released", l.isReleased)
			eventually(t, what+": counted", func() bool { return s.door.Stats().Ended[sse.Revoked] == n })
		}

		mine = &lease{}
		c := s.dial("channel=a&user=7")
		block(t, c.r)
		mine.finish()
		ends("an open stream", c, mine, 1)

		mine = &lease{over: true}
		ends("a lease that was over", s.dial("channel=a&user=7"), mine, 2)

		for range 200 {
			s.publish("a", `{"big":"`+strings.Repeat("x", 50<<10)+`"}`)
		}
		mine = &lease{}
		c = s.dial("channel=a&user=7&after=" + first.String()) // which takes nothing of its replay yet
		mine.finish()
		ends("a replay", c, mine, 3)

		if s.door.Stats().Open != 1 {
			t.Errorf("%d streams are open, want the other one", s.door.Stats().Open)
		}
	})
}
