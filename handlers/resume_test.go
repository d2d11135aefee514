package handlers_test

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"latido/hub"
)

var errBroken = errors.New("broken disk")

// settle waits until the hub has read everything that is stored.
func (r *rig) settle() {
	r.t.Helper()
	c, err := r.hub.Subscribe(r.t.Context(), hub.Request{After: hub.ID{Epoch: r.hub.Head().Epoch, Seq: r.last()}})
	if err != nil {
		r.t.Fatal(err)
	}
	c.Close()
}

// TestResume is T2 and its good cases: every way to say where one stands, and
// what comes first. Four events are stored; "E" stands for their epoch.
func TestResume(t *testing.T) {
	tests := []struct {
		name, query, header string
		gap                 string // reason, "" for none
		replayed            int
	}{
		{"nothing", "", "", "", 0},
		{"header", "", "E-2", "", 2},
		{"query", "&last_event_id=E-1", "", "", 3},
		{"header wins", "&last_event_id=E-1", "E-3", "", 1},
		{"at the head", "", "E-4", "", 0},
		{"before the first", "", "E-0", "", 4},
		{"the future", "", "E-99", "reset", 0},
		{"another epoch", "", "zzzz-2", "reset", 0},
		{"the largest number", "", "E-18446744073709551615", "reset", 0},
		{"a number too large", "", "E-18446744073709551616", "", 0},
		{"garbage", "", "../../etc/passwd", "", 0},
		{"no number", "", "E-", "", 0},
		{"a sign", "", "E-+1", "", 0},
		{"a leading zero", "", "E-01", "", 0},
		{"no epoch", "", "-1", "", 0},
		{"upper case", "", "ZZ-1", "", 0},
		{"4 KB", "&last_event_id=" + strings.Repeat("a", 4000), "", "", 0},
		{"a line break", "&last_event_id=E-1%0Adata:x", "", "", 0},
		{"NUL", "&last_event_id=E-1%00", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			var ids []string
			for n := range 4 {
				ids = append(ids, r.post("/sse/broadcast/a", `{"n":`+strconv.Itoa(n)+`}`).json(t)["id"].(string))
			}
			r.settle()
			epoch, _, _ := strings.Cut(ids[0], "-")
			header := strings.ReplaceAll(tt.header, "E", epoch)
			s := r.open("/sse/events?channel=a"+strings.ReplaceAll(tt.query, "E-", epoch+"-"), "Last-Event-ID", header)
			name, data, e := s.object()
			if tt.gap != "" {
				if name != "gap" || data["reason"] != tt.gap || data["from"] != header || data["to"] != ids[3] || e.ID != ids[3] {
					t.Fatalf("first event %+v, want a gap %s from %s", e, tt.gap, header)
				}
				name, _, e = s.object()
			}
			if name != "connected" {
				t.Fatalf("%+v, want connected", e)
			}
			for n := 4 - tt.replayed; n < 4; n++ {
				if _, data, e := s.object(); data["n"] != float64(n) || e.ID != ids[n] {
					t.Fatalf("%+v, want event %d", e, n)
				}
			}
			live := r.post("/sse/broadcast/a", `{"n":"live"}`).json(t)["id"]
			if _, _, e := s.object(); e.ID != live {
				t.Fatalf("%+v, want the live event", e)
			}
		})
	}
}

// TestResumeAfterExpired is T2's expired id: the gap says what is gone, and
// what is kept follows.
func TestResumeAfterExpired(t *testing.T) {
	r := newRig(t)
	const kept = 1024 // the hub's default for a topic
	var first string
	for n := range kept + 6 {
		id := r.post("/sse/broadcast/a", `{}`).json(t)["id"].(string)
		if n == 0 {
			first = id
		}
	}
	r.settle()
	r.journal.KeepLast(kept)
	s := r.open("/sse/events?channel=a", "Last-Event-ID", first)
	name, data, e := s.object()
	epoch, _, _ := strings.Cut(first, "-")
	if name != "gap" || data["reason"] != "too_old" || data["from"] != first || data["to"] != epoch+"-6" {
		t.Fatalf("%s %+v", name, e)
	}
	s.next() // connected
	for n := range kept {
		if e := s.next(); e.ID != epoch+"-"+strconv.Itoa(7+n) {
			t.Fatalf("event %s, want %d", e.ID, 7+n)
		}
	}
}

// TestStreamThatCannotBeginIsPutOff: any status but 200 ends a browser's
// EventSource for good, and a restarting server would lose its clients.
func TestStreamThatCannotBeginIsPutOff(t *testing.T) {
	check := func(r *rig, headers ...string) {
		t.Helper()
		a := r.do("GET", "/sse/events?channel=a", "", headers...)
		if a.status != 200 || !regexp.MustCompile(`^retry: [5-9]\d\d\d\n\n$`).MatchString(a.body) {
			t.Errorf("%d %q, want 200, a retry of 5 to 10 s, and the end", a.status, a.body)
		}
		checkStreamHeaders(t, a.header)
		if n := r.hub.Stats().Streams; n != 0 {
			t.Errorf("%d streams are still counted", n)
		}
	}
	stopping := newRig(t)
	if err := stopping.streams.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(stopping)
	if a := stopping.do("GET", "/live", ""); a.status != 503 {
		t.Errorf("a page's stream got %d, want 503: htmx would ask again at once", a.status)
	}
	broken := newRig(t)
	ahead := broken.hub.Head()
	ahead.Seq = 5
	broken.journal.FailReads(errBroken)
	check(broken, "Last-Event-ID", ahead.String())
}

// TestControlEventsDoNotMoveThePosition: a client that is cut off right after
// "connected" must come back where it was.
func TestControlEventsDoNotMoveThePosition(t *testing.T) {
	r := newRig(t)
	first := r.post("/sse/broadcast/a", `{}`).json(t)["id"].(string)
	r.post("/sse/broadcast/a", `{}`)
	r.settle()
	if e := r.open("/sse/events?channel=a", "Last-Event-ID", first).next(); e.ID != first {
		t.Errorf("connected carries %s although the replay after %s is still to come", e.ID, first)
	}
}
