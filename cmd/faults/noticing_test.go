package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/hubtest/eventsource"
)

// The tests of the tools: a poster, a reader or a table that notices nothing would
// pass every program.

// TestPosterTellsWhatBecame: an event is refused only when no attempt can have
// stored it, or the judge would report breaches of a server that has none.
func TestPosterTellsWhatBecame(t *testing.T) {
	type reply func(w http.ResponseWriter)
	ack := func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"id":"e-7"}`)) }
	refuse := func(w http.ResponseWriter) { http.Error(w, `{"detail":"no"}`, http.StatusUnprocessableEntity) }
	fail := func(w http.ResponseWriter) { http.Error(w, `{"detail":"wait"}`, http.StatusServiceUnavailable) }
	full := func(w http.ResponseWriter) { http.Error(w, `{"detail":"full"}`, http.StatusInsufficientStorage) }
	hangUp := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	seven := hub.ID{Epoch: "e", Seq: 7}
	for name, c := range map[string]struct {
		replies  []reply
		id       hub.ID
		refused  bool
		failures int
	}{
		"acknowledged":                   {[]reply{ack}, seven, false, 0},
		"refused":                        {[]reply{refuse}, hub.ID{}, true, 0},
		"acknowledged at the second try": {[]reply{fail, ack}, seven, false, 1},
		"cut off, then acknowledged":     {[]reply{hangUp, ack}, seven, false, 1},
		"cut off, then refused":          {[]reply{hangUp, refuse}, hub.ID{}, false, 1},
		"failed, then refused":           {[]reply{fail, refuse}, hub.ID{}, false, 1},
		"a full disk, then refused":      {[]reply{full, refuse}, hub.ID{}, true, 1},
		"a full disk, then space":        {[]reply{full, ack}, seven, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			keys := make(chan string, 10)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				keys <- r.Header.Get("Idempotency-Key")
				c.replies[n.Add(1)-1](w)
			}))
			defer server.Close()
			p := &posters{url: server.URL, client: server.Client()}
			post := p.settle(t.Context(), "a", eventName, "k", []byte(`{}`))
			if post.ID != c.id || post.Refused != c.refused || len(p.failures) != c.failures {
				t.Errorf("%+v and the failures %+v, want %s, refused %t, %d failures", post, p.failures, c.id, c.refused, c.failures)
			}
			if int(n.Load()) != len(c.replies) {
				t.Errorf("%d attempts, want %d", n.Load(), len(c.replies))
			}
			close(keys)
			for k := range keys {
				if k != "k" {
					t.Errorf("an attempt had the key %q", k)
				}
			}
		})
	}
}

// TestPosterOutlivesAServer: without a listener nothing is sent, so nothing is
// left open.
func TestPosterOutlivesAServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	p := &posters{url: server.URL, client: &http.Client{Timeout: time.Second}}
	if _, err := p.attempt(t.Context(), "a", eventName, "k", nil); !errors.Is(err, errNotStored) || len(p.failures) > 0 {
		t.Errorf("%v with the failures %v, want one that was not sent and no failure", err, p.failures)
	}
}

// TestFailuresAreTimed: what F5 holds a program to.
func TestFailuresAreTimed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInsufficientStorage)
		if r.Header.Get("Idempotency-Key") == "explained" {
			_, _ = w.Write([]byte(`{"detail":"The disk is full"}`))
		}
	}))
	defer server.Close()
	p := &posters{url: server.URL, client: server.Client()}
	begun := time.Now()
	for _, key := range []string{"explained", "not"} {
		if _, err := p.attempt(t.Context(), "a", eventName, key, nil); err == nil {
			t.Error("no error")
		}
	}
	list := p.failuresSince(begun)
	if len(list) != 2 || list[0].status != 507 || !list[0].explained || list[1].explained || list[0].took <= 0 {
		t.Errorf("%+v, want two failures with 507, the first one explained", list)
	}
	if later := p.failuresSince(time.Now()); len(later) != 0 {
		t.Errorf("%+v since now", later)
	}
}

// TestReaderComesBack: with the last id it was sent, after the delay it was sent,
// and without what a broken-off connection left half said.
func TestReaderComesBack(t *testing.T) {
	came := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came <- r.Header.Get("Last-Event-ID")
		switch r.Header.Get("Last-Event-ID") {
		case "":
			fmt.Fprint(w, "retry: 20\nid: e-1\ndata: {\"event\":\"connected\"}\n\n:\n\nid: e-2\ndata: {\"event\":\"fault\",\"data\":{\"p\":1}}\n\nid: e-3\ndata: {\"event\":\"fau")
		case "e-2":
			fmt.Fprint(w, "id: f-9\ndata: {\"event\":\"gap\",\"data\":{\"from\":\"e-2\",\"to\":\"f-9\",\"reason\":\"reset\"}}\n\n")
		default:
			http.Error(w, "no", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	r := newReader(strings.TrimPrefix(server.URL, "http://"), "r", []string{"a"})
	begun := time.Now()
	r.run(t.Context()) // ends with the 503
	if took := time.Since(begun); took < 40*time.Millisecond {
		t.Errorf("two delays of 20 ms took %v", took)
	}
	close(came)
	var ids []string
	for id := range came {
		ids = append(ids, id)
	}
	if got := strings.Join(ids, " "); got != " e-2 f-9" {
		t.Errorf("came with %q, want nothing, e-2 and f-9", got)
	}
	s := r.status()
	if s.connections != 2 || s.ended != 2 || s.pings != 1 || s.open || !strings.Contains(s.refused, "503") {
		t.Errorf("%+v, want two connections that ended, one ping, and a refusal for the 503", s)
	}
	first, second := r.log.Connections[0], r.log.Connections[1]
	if len(first.Items) != 2 || first.Items[1].Hash != eventHash([]byte(`{"p":1}`)) || first.Items[1].ID.Seq != 2 {
		t.Errorf("first connection %+v, want a position and an event", first)
	}
	if second.After != first.Items[1].ID || len(second.Items) != 1 || second.Items[0].Gap == nil || second.Items[0].Gap.Reason != hub.ReasonReset {
		t.Errorf("second connection %+v, want a reset after e-2", second)
	}
}

// TestReaderStops: its owner ends it, also in the middle of a stream.
func TestReaderStops(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "id: e-1\ndata: {\"event\":\"connected\"}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r := newReader(strings.TrimPrefix(server.URL, "http://"), "r", []string{"a"})
	over := make(chan struct{})
	go func() {
		defer close(over)
		r.run(ctx)
	}()
	if _, open := eventually(t.Context(), patience, func() bool { return r.status().open }); !open {
		t.Error("the stream did not open")
	}
	cancel()
	<-over
}

// TestOddStreamsEndAReader: what Latido does not send is an error, not skipped.
func TestOddStreamsEndAReader(t *testing.T) {
	for name, b := range map[string]eventsource.Block{
		"an id that is none":     {ID: "17", HasID: true, Data: `{"event":"fault","data":{}}`, HasData: true},
		"no JSON":                {ID: "e-1", HasID: true, Data: `hello`, HasData: true},
		"an event without an id": {Data: `{"event":"fault","data":{}}`, HasData: true},
		"a gap from nowhere":     {ID: "e-1", HasID: true, Data: `{"event":"gap","data":{"to":"e-1"}}`, HasData: true},
		"an unknown field":       {ID: "e-1", HasID: true, Ignored: []string{"colour: red"}},
		"a gap to elsewhere":     {ID: "e-1", HasID: true, Data: `{"event":"gap","data":{"from":"e-0","to":"e-2"}}`, HasData: true},
	} {
		t.Run(name, func(t *testing.T) {
			if item, _, err := readItem(b); err == nil {
				t.Errorf("read as %+v", item)
			}
		})
	}
}

// TestTable: the table sums up, shows what was broken and what has not run.
func TestTable(t *testing.T) {
	var o outcome
	o.judged(hubtest.Verdict{Lost: 4, Missed: 1, Breaches: []hubtest.Breach{{Rule: "I1", Text: "w"}, {Rule: "I1", Text: "x"}, {Rule: "I1", Text: "y"}, {Rule: "I1", Text: "z"}, {Rule: "I4", Text: "m"}}})
	var all table
	for _, r := range []row{
		{name: "A", outcome: outcome{Faults: 5, Acked: 10, Recovery: 20 * time.Millisecond}},
		{name: "B", outcome: o},
		{name: "A", outcome: outcome{Faults: 5, Acked: 10, Recovery: 10 * time.Millisecond}},
		{name: "C", leftOut: "no wings"},
	} {
		all.add(r)
	}
	var b strings.Builder
	if err := writeTable(&b, all.all(), 7); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"A    10     20     0 ", "20ms", "kept", "BROKEN", "NOT RUN",
		"\nB BROKEN: I1: w", "\nB BROKEN: I1: and 1 more", "\nB BROKEN: I4: m", "\nC NOT RUN: no wings", "-seed 7"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}

// TestSameSeed: the same seed makes the same choices.
func TestSameSeed(t *testing.T) {
	a, b, c := newStage(t, "x", 0), newStage(t, "x", 0), newStage(t, "x", 1)
	if n, m, o := a.rnd.Uint64(), b.rnd.Uint64(), c.rnd.Uint64(); n != m || n == o {
		t.Errorf("two stages of one run chose %d and %d, one of the next run %d", n, m, o)
	}
}

// TestResets: F3 notices a reader whose first item is not a gap for the new epoch, and a
// run in which no reader was.
func TestResets(t *testing.T) {
	old, now := hub.ID{Epoch: "a", Seq: 5}, hub.ID{Epoch: "b", Seq: 3}
	gap := func(reason hub.Reason) hubtest.Item {
		return hubtest.Item{ID: now, Gap: &hub.Gap{From: old, To: now, Reason: reason}}
	}
	came := func(after hub.ID, items ...hubtest.Item) []hubtest.Reader {
		return []hubtest.Reader{{Name: "r", Connections: []hubtest.Connection{{After: after, Items: items}}}}
	}
	for name, c := range map[string]struct {
		readers []hubtest.Reader
		want    string
	}{
		"a reset":           {came(old, gap(hub.ReasonReset), hubtest.Item{ID: now, Hash: "x"}), ""},
		"another reason":    {came(old, gap(hub.ReasonTooOld)), "not a gap with the reason reset"},
		"no gap":            {came(old, hubtest.Item{ID: now, Hash: "x"}), "not a gap with the reason reset"},
		"still the old one": {came(old, hubtest.Item{ID: old, Hash: "x"}), "shows nothing"},
		"no one came back":  {came(hub.ID{}, hubtest.Item{ID: now, Hash: "x"}), "shows nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			got := resets(c.readers, "b")
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.ContainsFunc(got, func(b string) bool { return strings.Contains(b, c.want) }) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
