package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"latido/hub"
)

// TestReaderComesBack: with the last id it was sent, after the delay it was told,
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

func TestReadBlock(t *testing.T) {
	long := strings.Repeat("x", 3000) // longer than the buffer
	for name, c := range map[string]struct {
		text string
		want *block // nil for an error
	}{
		"all fields":  {"id: a-1\nretry: 2500\ndata: x\n\n", &block{id: "a-1", retry: 2500 * time.Millisecond, data: []byte("x")}},
		"a comment":   {": hello\n\n", &block{comment: true}},
		"two lines":   {"data: x\ndata: y\n\n", &block{data: []byte("x\ny")}},
		"a long line": {"id: " + long + "\n\n", &block{id: long}},
		"half a line": {"id: a-1\ndat", nil},
		"no end":      {"id: a-1\n", nil},
		"odd field":   {"colour: red\n\n", nil},
		"odd delay":   {"retry: soon\n\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := readBlock(bufio.NewReaderSize(strings.NewReader(c.text), 64))
			if (err != nil) != (c.want == nil) || c.want != nil && !reflect.DeepEqual(b, *c.want) {
				t.Errorf("%.200v, %v, want %.200v", b, err, c.want)
			}
		})
	}
}

// TestOddStreamsEndAReader: what is no stream of Latido's is told, not skipped.
func TestOddStreamsEndAReader(t *testing.T) {
	for name, b := range map[string]block{
		"an id that is none":     {id: "17", data: []byte(`{"event":"fault","data":{}}`)},
		"no JSON":                {id: "e-1", data: []byte(`hello`)},
		"an event without an id": {data: []byte(`{"event":"fault","data":{}}`)},
		"a gap from nowhere":     {id: "e-1", data: []byte(`{"event":"gap","data":{"to":"e-1"}}`)},
		"a gap to elsewhere":     {id: "e-1", data: []byte(`{"event":"gap","data":{"from":"e-0","to":"e-2"}}`)},
	} {
		t.Run(name, func(t *testing.T) {
			if item, _, err := readItem(b); err == nil {
				t.Errorf("read as %+v", item)
			}
		})
	}
}
