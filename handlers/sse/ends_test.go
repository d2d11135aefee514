package sse_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// TestStreamsBothWays is what a client reads and why a stream ends: the same
// whoever writes it.
func TestStreamsBothWays(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{Gap: ssetest.Gap}, ways...)
		s.Publish("a", `{"n":1}`)
		first := s.Publish("a", `{"n":2}`)
		s.Publish("b", `{"n":3}`)
		last := s.Publish("a", `{"n":4}`)
		c := s.Dial("channel=a&after=" + first.String())
		if got := ssetest.Block(t, c.Events).Data; got != "preamble" {
			t.Errorf("first %q", got)
		}
		if got := ssetest.Block(t, c.Events); got.ID != last.String() || got.Data != `{"n":4}` {
			t.Errorf("replayed %+v, want %v", got, last)
		}
		live := s.Publish("a", `{"n":5}`)
		if got := ssetest.Block(t, c.Events); got.ID != live.String() || got.Data != `{"n":5}` {
			t.Errorf("live %+v, want %v", got, live)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no",
		} {
			if got := c.Head.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if d, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", c.Head.Get("Date")); err != nil || time.Since(d) > time.Minute {
			t.Errorf("Date: %q", c.Head.Get("Date"))
		}
	})
}

// TestStreamsAreCounted: bytes and deliveries are in the server's figures.
func TestStreamsAreCounted(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{}, ways...)
		c := s.Dial("channel=a")
		if before := s.Server.Stats(); before.Deliveries != 0 || before.Bytes > 1000 {
			t.Errorf("%d deliveries and %d bytes before the first event", before.Deliveries, before.Bytes)
		}
		s.Publish("a", `{"text":"`+strings.Repeat("x", 10_000)+`"}`)
		ssetest.Block(t, c.Events)
		ssetest.Eventually(t, "one delivery of 10 kB", func() bool {
			got := s.Server.Stats()
			return got.Deliveries == 1 && got.Bytes > 10_000 && got.Bytes < 12_000
		})
	})
}

func TestWhyStreamsEnd(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{TopicEvents: 2}, sse.Kind{}, ways...)
		ended := func(why sse.EndReason, n uint64) {
			t.Helper()
			ssetest.Eventually(t, fmt.Sprintf("%d streams ended as %v", n, why), func() bool { return s.Server.Stats().Ended[why] == n })
		}
		s.Dial("channel=a").Close()
		ended(sse.PeerClosed, 1)

		reset := s.Dial("channel=a")
		if err := reset.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		reset.Close()
		ended(sse.PeerClosed, 2)

		older := s.Dial("channel=a&key=view")
		newer := s.Dial("channel=a&key=view")
		ended(sse.Replaced, 1)
		if _, err := io.ReadAll(older.R); err != nil {
			t.Errorf("the replaced stream's end: %v", err)
		}
		s.Publish("a", `{"n":1}`)
		ssetest.Block(t, newer.Events) // preamble
		if got := ssetest.Block(t, newer.Events).Data; !strings.Contains(got, `{"n":1}`) {
			t.Errorf("the newer stream got %q", got)
		}
		if len(ways) > 1 { // net/http reads ahead for the next request instead
			talker := s.Dial("channel=a")
			if _, err := io.WriteString(talker, "x"); err != nil {
				t.Fatal(err)
			}
			ended(sse.ClientSent, 1)
		}
	})
}

// TestLimitsOfStreams is S7 before a stream begins: a limit is reported with
// something that a browser can bear, and a slot that becomes free is taken.
func TestLimitsOfStreams(t *testing.T) {
	for scope, o := range map[string]sse.Options{
		"server": {MaxStreams: 3}, "address": {MaxPerAddress: 3}, "user": {MaxPerUser: 3},
	} {
		ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
			s := ssetest.New(t, o, hub.Retention{}, sse.Kind{Gap: ssetest.Gap}, ways...)
			var in []*ssetest.Client
			for range 3 {
				in = append(in, s.Dial("channel=a&user=1"))
			}
			b, err := io.ReadAll(s.Dial("channel=a&user=1").R)
			if err != nil || !strings.HasPrefix(string(b), ": too many streams: 3 are open for this "+scope+"\nretry: ") {
				t.Errorf("the fourth stream got %q, %v", b, err)
			}
			if scope == "user" {
				s.Dial("channel=a&user=2")
				s.Dial("channel=a")
			}
			if n := s.Server.Stats().Refused; n != 1 {
				t.Errorf("%d refused", n)
			}
			s.Publish("a", `{}`)
			for _, c := range in {
				ssetest.Block(t, c.Events)
				ssetest.Block(t, c.Events)
			}
			open := s.Server.Stats().Open
			in[0].Close()
			ssetest.Eventually(t, "the slot is free", func() bool { return s.Server.Stats().Open == open-1 })
			if got := ssetest.Block(t, s.Dial("channel=a&user=1").Events).Data; got != "preamble" {
				t.Errorf("a stream in the slot of another got %q", got)
			}
		})
	}
}

var retryOnly = regexp.MustCompile(`^retry: [4-8]\d{3}\n\n$`)

// TestDrainIsSpread is S6 for one server: streams end over the drain's time, each
// after a whole frame and with a retry field, and late ones are put off.
func TestDrainIsSpread(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{Gap: ssetest.Gap}, ways...)
		const n = 60 // at 100 a second: 0.6 s
		ends := make(chan time.Time, n)
		for range n {
			c := s.Dial("channel=a")
			go func() {
				b, err := io.ReadAll(c.R)
				rest, ok := strings.CutPrefix(string(b), "data: preamble\n\n")
				if err != nil || !ok || !retryOnly.MatchString(rest) {
					t.Errorf("%q, %v, want a reconnection delay and a clean end", b, err)
				}
				ends <- time.Now()
			}()
		}
		began := time.Now()
		if err := s.Server.Drain(context.Background()); err != nil {
			t.Error(err)
		}
		thirds := [3]int{}
		for range n {
			thirds[min(2, int((<-ends).Sub(began)/(200*time.Millisecond)))]++
		}
		if min(thirds[0], thirds[1]+thirds[2]) == 0 {
			t.Errorf("ended in thirds of the time: %v", thirds)
		}
		b, err := io.ReadAll(s.Dial("channel=a").R)
		if err != nil || !strings.HasPrefix(string(b), "retry: ") {
			t.Errorf("a late stream got %q, %v", b, err)
		}
		if n := s.Server.Stats().Ended[sse.Drained]; n != 60 {
			t.Errorf("%d counted as drained", n)
		}
	})
}

var shortRetry = regexp.MustCompile(`(^|\n\n)retry: [23]\d{3}\n\n$`)

// TestReaderWithoutAGapIsLetGo is the rule for kinds that cannot tell a hole.
func TestReaderWithoutAGapIsLetGo(t *testing.T) {
	ssetest.BothWays(t, func(t *testing.T, ways ...sse.NewTransport) {
		s := ssetest.New(t, sse.Options{}, hub.Retention{TopicEvents: 2}, sse.Kind{}, ways...)
		first := s.Publish("a", `{"n":0}`)
		c := s.Dial("channel=a&after=" + first.String())
		ssetest.Block(t, c.Events)
		var read bytes.Buffer
		// What it does not read fills the sockets, then the log goes on without it.
		text := `{"text":"` + strings.Repeat("x", 64<<10) + `"}`
		for i := 0; s.Server.Stats().Ended[sse.TooSlow] == 0 && i < 1000; i++ {
			s.Publish("a", text)
			if i%50 == 49 { // it is found out when it takes bytes again
				_, _ = io.CopyN(&read, c.R, 1<<20)
			}
		}
		if _, err := io.Copy(&read, c.R); err != nil || !shortRetry.Match(read.Bytes()) {
			t.Errorf("the end is %.80q, %v, want a reconnection delay", read.Bytes()[max(0, read.Len()-80):], err)
		}
		if n := s.Server.Stats().Ended[sse.TooSlow]; n != 1 {
			t.Errorf("%d ended as too slow", n)
		}
	})
}
