package conflate_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/conflate"
	"latido/hub/hubtest"
)

// every is the time between two values of a key in these tests.
const every = 100 * time.Millisecond

// sequence is a format whose frames are the event's sequence.
var sequence = hub.NewFormat("sequence", func(e *hub.Event) []byte { return strconv.AppendUint(nil, e.ID.Seq, 10) })

// classify makes values of events with the name value_KEY. Those of end_KEY supersede
// them. Others have no key.
func classify(e *hub.Event) conflate.Class {
	kind, key, _ := strings.Cut(e.Name, "_")
	switch kind {
	case "value":
		return conflate.Class{Key: key, Value: true, Every: every}
	case "end":
		return conflate.Class{Key: key}
	}
	return conflate.Class{}
}

// start runs a hub until the test ends.
func start(t testing.TB, limits hub.Retention) *hub.Hub {
	t.Helper()
	h := hub.New(hubtest.NewJournal(), hub.Options{Retention: limits})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
	<-h.Ready()
	return h
}

// publish publishes an event to channel a.
func publish(t testing.TB, h *hub.Hub, name, data string) {
	t.Helper()
	if _, err := h.Publish(t.Context(), hub.Draft{Name: name, Channel: "a", Data: json.RawMessage(data)}); err != nil {
		t.Fatal(err)
	}
}

// subscribe opens a cursor of channel a until the test ends.
func subscribe(t testing.TB, h *hub.Hub) *hub.Cursor {
	t.Helper()
	c, err := h.Subscribe(t.Context(), hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, Format: sequence})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func equal(t testing.TB, got []uint64, want ...uint64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got sequences %v, want %v", got, want)
	}
}

// rig is a hub and one client with a conflater. It has a clock of its own.
type rig struct {
	t         testing.TB
	hub       *hub.Hub
	now       time.Time
	cursor    *hub.Cursor
	conflater *conflate.Conflater
	conflated atomic.Uint64
	names     []string // of the events by their sequence, from 1
	client    client
}

// client is what a client has read, over all its connections.
type client struct {
	token  hub.ResumeToken
	others []uint64             // sequences of the events that are not values
	values map[string]uint64    // the newest sequence by key
	last   map[string]time.Time // when the last value of a key came on this connection
}

func newRig(t testing.TB, limits hub.Retention) *rig {
	r := &rig{t: t, hub: start(t, limits), now: time.Unix(1000, 0)}
	r.client.values = map[string]uint64{}
	r.connect()
	return r
}

// connect reconnects with the client's token.
func (r *rig) connect() {
	r.t.Helper()
	if r.cursor != nil {
		r.cursor.Close()
	}
	token, ok := hub.ParseResumeToken(r.client.token.String())
	if text := r.client.token.String(); text != "" && (!ok || token != r.client.token) {
		r.t.Fatalf("token %+v was parsed as %+v", r.client.token, token)
	}
	c, err := r.hub.Subscribe(context.Background(), hub.Request{
		Topics: []hub.Topic{hub.ChannelTopic("a"), hub.ChannelTopic("b")}, Format: sequence, After: token.ID, Back: token.Back,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if gap := c.Gap(); gap != nil {
		r.t.Fatalf("a gap %+v although the journal keeps everything", gap)
	}
	r.cursor = c
	r.conflater = conflate.New(c, conflate.Options{Classify: classify, Back: token.Back, Conflated: &r.conflated})
	if got := r.conflater.ResumeToken(); !token.IsZero() && got != token {
		r.t.Fatalf("a stream that resumes with %v begins at %v", token, got)
	}
	r.client.last = map[string]time.Time{}
}

func (r *rig) publish(name string) uint64 {
	r.t.Helper()
	d := hub.Draft{Name: name, Channel: []string{"a", "b"}[len(r.names)%2], Data: json.RawMessage(`{}`)}
	receipt, err := r.hub.Publish(context.Background(), d)
	if err != nil {
		r.t.Fatal(err)
	}
	r.names = append(r.names, name)
	return receipt.ID.Seq
}

// read reads to the end. The client gets the first most frames.
func (r *rig) read(most int) (got []uint64) {
	r.t.Helper()
	if err := r.hub.Sync(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	for more := true; more; {
		var items []conflate.Item
		var err error
		items, more, err = r.conflater.Read(context.Background(), r.now)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, item := range items {
			if item.Gap != nil {
				r.t.Fatalf("a gap %+v although the journal keeps everything", item.Gap)
			}
			if most--; most < 0 {
				return got
			}
			seq, err := strconv.ParseUint(string(item.Frame), 10, 64)
			if err != nil {
				r.t.Fatal(err)
			}
			r.receive(seq, item.At)
			got = append(got, seq)
		}
	}
	return got
}

// receive checks one frame, as a client would.
func (r *rig) receive(seq uint64, at hub.ResumeToken) {
	r.t.Helper()
	c, name := &r.client, r.names[seq-1]
	if at.Seq < c.token.Seq || at.Seq < seq {
		r.t.Fatalf("event %d moves the client from %v to %v", seq, c.token, at)
	}
	c.token = at
	kind, key, _ := strings.Cut(name, "_")
	if kind != "value" {
		if n := len(c.others); n > 0 && c.others[n-1] >= seq {
			r.t.Fatalf("event %d (%s) comes after %d", seq, name, c.others[n-1])
		}
		c.others = append(c.others, seq)
		if kind == "end" {
			if c.values[key] > seq {
				r.t.Fatalf("the end %d of %s comes after its value %d", seq, key, c.values[key])
			}
			c.values[key] = seq
		}
		return
	}
	if c.values[key] > seq {
		r.t.Fatalf("the stale value %d of %s comes after %d", seq, key, c.values[key])
	}
	c.values[key] = seq
	if last, known := c.last[key]; known && r.now.Sub(last) < every {
		r.t.Fatalf("value %d of %s comes %v after another", seq, key, r.now.Sub(last))
	}
	c.last[key] = r.now
}

// settled reads to the end and past every pending value, and checks that the client
// has read every other event and the newest of each key.
func (r *rig) settled() {
	r.t.Helper()
	r.read(1 << 30)
	for n := 0; !r.conflater.PendingUntil().IsZero(); n++ {
		if wait := r.conflater.PendingUntil().Sub(r.now); n > 10 || wait > every {
			r.t.Fatalf("a value is pending for %v", wait)
		}
		r.now = r.conflater.PendingUntil()
		r.read(1 << 30)
	}
	var others []uint64
	values := map[string]uint64{}
	for i, name := range r.names {
		seq := uint64(i + 1)
		kind, key, _ := strings.Cut(name, "_")
		if kind != "value" {
			others = append(others, seq)
		}
		if key != "" {
			values[key] = seq
		}
	}
	equal(r.t, r.client.others, others...)
	for key, seq := range values {
		if r.client.values[key] != seq {
			r.t.Errorf("the newest of %s is %d, want %d", key, r.client.values[key], seq)
		}
	}
	// While nothing is pending a token is an ID.
	if at := r.conflater.ResumeToken(); at != (hub.ResumeToken{ID: r.hub.Head()}) {
		r.t.Errorf("at the end the token is %v, want %v", at, r.hub.Head())
	}
}
