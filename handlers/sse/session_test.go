package sse_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
	"latido/hub/hubtest"
)

// source is a hub in a bubble, and a server whose sessions read it.
type source struct {
	t      *testing.T
	hub    *hub.Hub
	server *sse.Server
	log    bytes.Buffer
}

func withSource(t *testing.T, limits hub.Retention, test func(s *source)) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{t: t, hub: hub.New(hubtest.NewJournal(), hub.Options{Retention: limits})}
		s.server = sse.NewServer(sse.Options{Logger: slog.New(slog.NewTextHandler(&s.log, nil))})
		go func() {
			if err := s.hub.Run(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		<-s.hub.Ready()
		test(s)
	})
}

func (s *source) publish(data string) {
	s.t.Helper()
	if _, err := s.hub.Publish(s.t.Context(), hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(data)}); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

// session begins one at the head, at the moment 0.
func (s *source) session(kind sse.Kind) *player {
	s.t.Helper()
	c, err := s.hub.Subscribe(s.t.Context(), hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, Format: ssetest.Plain})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	session, err := sse.NewSession(s.server, &sse.Stream{Cursor: c, Kind: &kind})
	if err != nil {
		s.t.Fatal(err)
	}
	return &player{Session: session}
}

// player is the transport of a session: it takes what the test allows.
type player struct {
	*sse.Session
	batch hub.Batch
	read  []byte // what the client has
}

// next takes at most n bytes of what the session wants to write at now, and returns
// them.
func (p *player) next(now time.Duration, n int) string {
	p.batch.Reset()
	if p.Reads() {
		p.Cursor().Due(&p.batch)
	}
	o := p.Next(now, &p.batch)
	all := slices.Concat(append([][]byte{o.Lead}, o.Frames...)...)
	all = all[:min(n, len(all))]
	p.Wrote(now, &p.batch, &o, len(all))
	p.read = append(p.read, all...)
	return string(all)
}

const all = 1 << 20

// TestPingsAreSpread: of streams that got the same event, no tenth of the time in
// which they ping has more than twice its share.
func TestPingsAreSpread(t *testing.T) {
	withSource(t, hub.Retention{}, func(s *source) {
		const n, ping = 1000, 15 * time.Second
		var tenths [10]int
		for range n {
			p := s.session(sse.Kind{})
			at := p.NextAt()
			if at < ping*2/3 || at >= ping {
				t.Fatalf("a ping after %v, want it in the last third of %v", at, ping)
			}
			if got := p.next(at-1, all) + p.next(at, all); got != ":\n\n" {
				t.Fatalf("%q at %v, want a comment then and not before", got, at)
			}
			tenths[(at-ping*2/3)*10/(ping/3)]++
		}
		if most := slices.Max(tenths[:]); most > 2*n/10 {
			t.Errorf("pings by tenths of the time: %v", tenths)
		}
	})
}

// TestSessionGoesOnAtItsByte takes every possible part of a gap and two frames: the
// client has whole frames afterwards, each once.
func TestSessionGoesOnAtItsByte(t *testing.T) {
	withSource(t, hub.Retention{TopicEvents: 2}, func(s *source) {
		var sessions []*player
		for range 120 {
			sessions = append(sessions, s.session(sse.Kind{Gap: ssetest.Gap}))
		}
		for i := range 4 {
			s.publish(fmt.Sprintf(`{"n":%d}`, i))
		}
		epoch := s.hub.Head().Epoch
		want := fmt.Sprintf("data: gap slow\n\nid: %s-3\ndata: {\"n\":2}\n\nid: %[1]s-4\ndata: {\"n\":3}\n\n", epoch)
		for n, p := range sessions[:len(want)+1] {
			if got := p.next(0, n); got != want[:n] {
				t.Fatalf("%q of the first %d bytes", got, n)
			}
			if n < len(want) {
				if got := p.next(0, all); got != "" || !p.Blocked() {
					t.Fatalf("%q while the client takes nothing", got)
				}
			}
			p.Writable()
			for p.next(0, 7) != "" {
				p.Writable()
			}
			if string(p.read) != want {
				t.Errorf("after a part of %d bytes the client has %q", n, p.read)
			}
		}
	})
}

// TestClientThatTakesLittleIsKept, however long a frame takes, and let go once it has
// taken nothing for the whole time.
func TestClientThatTakesLittleIsKept(t *testing.T) {
	withSource(t, hub.Retention{}, func(s *source) {
		p := s.session(sse.Kind{Heartbeat: ssetest.Heartbeat, HeartbeatEvery: time.Second})
		s.publish(`{"pad":"` + strings.Repeat("x", 10<<10) + `"}`)
		p.next(0, 1<<10)
		now := time.Duration(0)
		for range 5 {
			if at := p.NextAt(); at != now+25*time.Second {
				t.Fatalf("wakes after %v, want 25 s", at-now)
			}
			now += 20 * time.Second
			p.next(now, all) // nothing: it is blocked
			p.Writable()
			if got := p.next(now, 1<<10); len(got) != 1<<10 {
				t.Fatalf("%d bytes at %v", len(got), now)
			}
		}
		p.next(now+25*time.Second-1, all)
		if why, over := p.Ended(); over {
			t.Fatalf("%v before its time", why)
		}
		p.next(now+25*time.Second, all)
		if why, over := p.Ended(); !over || why != sse.Stalled {
			t.Errorf("ended %v as %v, want it to have stalled", over, why)
		}
	})
}

// TestEndOfASession: the client is told when to come back, between two frames, unless
// it takes nothing.
func TestEndOfASession(t *testing.T) {
	withSource(t, hub.Retention{TopicEvents: 1}, func(s *source) {
		ends := func(what string, p *player, want sse.EndReason) {
			t.Helper()
			if why, over := p.Ended(); !over || why != want {
				t.Errorf("%s: over %v as %v, want %v", what, over, why, want)
			}
			if got := p.next(0, all); got != "" {
				t.Errorf("%s: %q after the end", what, got)
			}
		}
		hinted, aborted, within, blocked, twice, behind := s.session(sse.Kind{}), s.session(sse.Kind{}), s.session(sse.Kind{}),
			s.session(sse.Kind{}), s.session(sse.Kind{}), s.session(sse.Kind{})

		hinted.End(sse.Drained)
		if got := hinted.next(0, all); !retryOnly.MatchString(got) {
			t.Errorf("the last is %q", got)
		}
		ends("hinted", hinted, sse.Drained)

		part := s.session(sse.Kind{})
		part.End(sse.Drained)
		if part.next(0, 3); part.Blocked() {
			t.Error("a session that has ended is called blocked")
		}
		ends("told in part", part, sse.Drained)

		aborted.Abort(sse.Replaced)
		ends("aborted", aborted, sse.Replaced)

		twice.End(sse.Revoked)
		twice.Abort(sse.PeerClosed)
		ends("ended twice", twice, sse.Revoked)

		s.publish(`{"n":1}`)
		within.next(0, 5)
		within.Writable()
		within.End(sse.Drained)
		if got := within.next(0, all) + within.next(0, all); !strings.HasPrefix(got, epochLine(s)[5:]) || !retryOnly.MatchString(got[strings.Index(got, "retry"):]) {
			t.Errorf("within a frame the rest and the retry field are %q", got)
		}
		ends("within a frame", within, sse.Drained)

		blocked.next(0, 5)
		blocked.End(sse.Drained)
		ends("blocked", blocked, sse.Drained)

		s.publish(`{"n":2}`)
		s.publish(`{"n":3}`)
		if got := behind.next(0, all); !shortRetry.MatchString(got) {
			t.Errorf("a session without a gap gets %q", got)
		}
		ends("behind", behind, sse.TooSlow)
	})
}

func epochLine(s *source) string {
	return fmt.Sprintf("id: %s-1\ndata: {\"n\":1}\n\n", s.hub.Head().Epoch)
}

// TestHeartbeatIsNotRepeated: one that found no room at all is left out, one that was
// begun is finished, and one that panics costs nothing else.
func TestHeartbeatIsNotRepeated(t *testing.T) {
	withSource(t, hub.Retention{}, func(s *source) {
		for taken, want := range map[int]string{0: "", 6: "heartbeat 0\n\n"} {
			p := s.session(sse.Kind{Heartbeat: ssetest.Heartbeat, HeartbeatEvery: time.Second})
			at := p.NextAt()
			p.next(at, taken)
			p.Writable()
			if got := p.next(at, all); got != want {
				t.Errorf("%q after %d bytes of a heartbeat, want %q", got, taken, want)
			}
		}
		p := s.session(sse.Kind{HeartbeatEvery: time.Second, Heartbeat: func(hub.ID) []byte { panic("oh") }})
		at := p.NextAt()
		if got := p.next(at, all); got != "" || !strings.Contains(s.log.String(), "oh") {
			t.Errorf("%q, and the log says %q", got, s.log.String())
		}
		if next := p.NextAt(); next != 2*at {
			t.Errorf("the next one is due at %v", next)
		}
	})
}

// TestSessionAllocatesNothing: with many streams each of them would pay for it.
func TestSessionAllocatesNothing(t *testing.T) {
	withSource(t, hub.Retention{}, func(s *source) {
		var sessions []*player
		for range 102 {
			sessions = append(sessions, s.session(sse.Kind{Heartbeat: ssetest.Heartbeat, HeartbeatEvery: time.Minute}))
		}
		s.publish(`{"n":1}`)
		var b hub.Batch
		i := 0
		if n := testing.AllocsPerRun(100, func() {
			p := sessions[i]
			i++
			p.Cursor().Due(&b)
			o := p.Next(0, &b)
			if p.Wrote(0, &b, &o, o.Len()) != 1 {
				t.Error("nothing was delivered")
			}
		}); n != 0 {
			t.Errorf("%v allocations a delivery", n)
		}
	})
}
