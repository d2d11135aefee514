package sse_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// TestReplayBeyondMemoryBothWays: a client that missed more than memory keeps is
// sent all of it from the journal, then what comes live, each once and in order.
func TestReplayBeyondMemoryBothWays(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		const kept, n, live = 600, 1000, 250 // live is less than half of what is kept
		s := ssetest.New(t, sse.Options{}, hub.Retention{TopicEvents: kept}, sse.Kind{Gap: ssetest.Gap}, ways...)
		first := s.Publish("a", `{"n":0}`)
		for i := range n {
			s.Publish("a", fmt.Sprintf(`{"n":%d}`, i+1))
		}
		if err := s.Hub.Sync(t.Context()); err != nil { // or those still to come are live, too
			t.Fatal(err)
		}
		c := s.Dial("channel=a&after=" + first.String())
		for i := range live { // while it reads back
			s.Publish("a", fmt.Sprintf(`{"n":%d}`, n+i+1))
		}
		if got := ssetest.Block(t, c.Events).Data; got != "preamble" {
			t.Errorf("first %q", got)
		}
		for i := range n + live {
			if got, want := ssetest.Block(t, c.Events).Data, fmt.Sprintf(`{"n":%d}`, i+1); got != want {
				t.Fatalf("block %d is %q, want %q", i, got, want)
			}
		}
	})
}

// TestReplayEndsWithItsServer: a client that takes nothing of its replay holds
// up neither a drain nor others, and is let go.
func TestReplayEndsWithItsServer(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{WriteTimeout: time.Second}, hub.Retention{TopicEvents: 2}, sse.Kind{Gap: ssetest.Gap}, ways...)
		first := s.Publish("a", `{"n":0}`)
		for range 80 {
			s.Publish("a", `{"big":"`+strings.Repeat("x", 100<<10)+`"}`)
		}
		takeNothing := func() {
			if err := s.Dial("channel=a&after=" + first.String()).SetReadBuffer(4096); err != nil {
				t.Fatal(err)
			}
		}
		takeNothing()
		ssetest.Eventually(t, "the client that takes nothing is let go", func() bool { return s.Server.Stats().Ended[sse.Stalled] == 1 })

		takeNothing()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Server.Drain(ctx); err != nil {
			t.Errorf("the drain waits for a replay: %v", err)
		}
	})
}

// TestReplayWithoutItsJournal: the stream ends with a delay, and the client's
// next try gets all of it.
func TestReplayWithoutItsJournal(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{TopicEvents: 5}, sse.Kind{Gap: ssetest.Gap}, ways...)
		first := s.Publish("a", `{"n":0}`)
		var last hub.ID
		for i := range 300 {
			last = s.Publish("a", fmt.Sprintf(`{"n":%d}`, i+1))
		}
		ssetest.Eventually(t, "the hub has all of it", func() bool { return s.Hub.Head() == last })
		s.Journal.AfterReads(5, errors.New("away")) // the count, the bounds, a page and the bounds, and no more
		c := s.Dial("channel=a&after=" + first.String())
		b, err := io.ReadAll(c.R)
		if text := string(b); err != nil || !strings.Contains(text, `{"n":128}`) || strings.Contains(text, `{"n":129}`) || !strings.Contains(text, "\nretry: ") {
			t.Errorf("the replay ends with %q, %v", text[max(0, len(text)-200):], err)
		}
		s.Journal.FailReads(nil)
		c = s.Dial("channel=a&after=" + hub.ID{Epoch: first.Epoch, Seq: 129}.String())
		ssetest.Block(t, c.Events) // preamble
		for i := 129; i <= 300; i++ {
			if got, want := ssetest.Block(t, c.Events).Data, fmt.Sprintf(`{"n":%d}`, i); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	})
}

// TestTimingsBothWays: the time from the journal to a connection is counted.
func TestTimingsBothWays(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		var timings hub.Timings
		s := ssetest.New(t, sse.Options{Timings: &timings}, hub.Retention{}, sse.Kind{}, ways...)
		c := s.Dial("channel=a")
		ssetest.Block(t, c.Events)
		ssetest.Eventually(t, "a time from the journal to the connection", func() bool {
			s.Publish("a", `{}`) // one that comes before the stream has its writer is not counted
			return timings.PublishWrite.Snapshot().Count > 0
		})
	})
}
