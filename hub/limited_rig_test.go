package hub_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// limitedEvery is the time between two values of a key in these tests.
const limitedEvery = 100 * time.Millisecond

// byName makes values of events that are called value_KEY, and what outdoes them of
// those called end_KEY. All others have no key.
func byName(e *hub.Event) hub.Key {
	kind, key, _ := strings.Cut(e.Name, "_")
	switch kind {
	case "value":
		return hub.Key{Name: key, Value: true, Every: limitedEvery}
	case "end":
		return hub.Key{Name: key}
	}
	return hub.Key{}
}

// limitedRig is a hub, and one client of it that wants fewer values. Its clock is
// its own.
type limitedRig struct {
	t       testing.TB
	hub     *hub.Hub
	now     time.Time
	cursor  *hub.Cursor
	limited *hub.Limited
	names   []string // of the events by their sequence, from 1
	client  client
}

// client is what somebody knows who has read a stream, over all connections.
type client struct {
	place  hub.Place
	others []uint64             // sequences of the events that are no values
	values map[string]uint64    // the newest by key
	seen   map[string]time.Time // when a key's last value came, on this connection
}

func newLimitedRig(t testing.TB, limits hub.Limits) *limitedRig {
	r := &limitedRig{t: t, hub: start(t, hubtest.NewJournal(), hub.Options{Limits: limits}), now: time.Unix(1000, 0)}
	r.client.values = map[string]uint64{}
	r.connect()
	return r
}

// connect goes on where the client stands.
func (r *limitedRig) connect() {
	r.t.Helper()
	if r.cursor != nil {
		r.cursor.Close()
	}
	place, ok := hub.ParsePlace(r.client.place.String())
	if !ok || place != r.client.place {
		if r.client.place.String() != "" {
			r.t.Fatalf("place %+v was read as %+v", r.client.place, place)
		}
	}
	c, err := r.hub.Subscribe(context.Background(), hub.Request{
		Topics: []hub.Topic{hub.ChannelTopic("a"), hub.ChannelTopic("b")}, Format: sequence, After: place.ID, Back: place.Back,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if gap := c.Gap(); gap != nil {
		r.t.Fatalf("a gap %+v although the journal keeps everything", gap)
	}
	r.cursor, r.limited = c, c.Limit(hub.Limit{Key: byName}, place.Back)
	if !place.IsZero() && r.limited.Place() != place {
		r.t.Fatalf("a stream that goes on from %v begins at %v", place, r.limited.Place())
	}
	r.client.seen = map[string]time.Time{}
}

func (r *limitedRig) publish(name string) uint64 {
	r.t.Helper()
	d := hub.Draft{Name: name, Channel: []string{"a", "b"}[len(r.names)%2], Data: json.RawMessage(`{}`)}
	receipt, err := r.hub.Publish(context.Background(), d)
	if err != nil {
		r.t.Fatal(err)
	}
	r.names = append(r.names, name)
	return receipt.ID.Seq
}

// take reads what is due, of which the client gets the first most frames.
func (r *limitedRig) take(most int) (got []uint64) {
	r.t.Helper()
	if err := r.hub.Sync(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	for more := true; more; {
		var out []hub.Passed
		var err error
		out, more, err = r.limited.Take(context.Background(), r.now)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, p := range out {
			if p.Gap != nil {
				r.t.Fatalf("a gap %+v although the journal keeps everything", p.Gap)
			}
			if most--; most < 0 {
				return got
			}
			seq, err := strconv.ParseUint(string(p.Frame), 10, 64)
			if err != nil {
				r.t.Fatal(err)
			}
			r.read(seq, p.At)
			got = append(got, seq)
		}
	}
	return got
}

// read is the client's judgement of one frame.
func (r *limitedRig) read(seq uint64, at hub.Place) {
	r.t.Helper()
	c, name := &r.client, r.names[seq-1]
	if at.Seq < c.place.Seq || at.Seq < seq {
		r.t.Fatalf("event %d moves the client from %v to %v", seq, c.place, at)
	}
	c.place = at
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
	if last, seen := c.seen[key]; seen && r.now.Sub(last) < limitedEvery {
		r.t.Fatalf("value %d of %s comes %v after another", seq, key, r.now.Sub(last))
	}
	c.seen[key] = r.now
}

// settled reads to the end, and compares with what an unlimited reader would have.
func (r *limitedRig) settled() {
	r.t.Helper()
	r.take(1 << 30)
	for n := 0; !r.limited.Next().IsZero(); n++ {
		if wait := r.limited.Next().Sub(r.now); n > 10 || wait > limitedEvery {
			r.t.Fatalf("something is held back for %v", wait)
		}
		r.now = r.limited.Next()
		r.take(1 << 30)
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
	// With nothing held back a place is a position.
	if at := r.limited.Place(); at != (hub.Place{ID: r.hub.Head()}) {
		r.t.Errorf("at the end the place is %v, want %v", at, r.hub.Head())
	}
}
