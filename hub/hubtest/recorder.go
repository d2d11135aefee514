package hubtest

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"latido/hub"
)

// Recorder is a hub.Publisher that records. It refuses the drafts that the hub
// would refuse, and stores a key once, as a journal does. The zero value works.
type Recorder struct {
	// Before, if set, is called before each publication; its error is the
	// publication's.
	Before func(ctx context.Context, d hub.Draft) error

	mu     sync.Mutex
	keys   map[string]bool
	events []Recorded
}

// Recorded is one published event.
type Recorded struct {
	hub.Draft
	At time.Time
}

// Publish implements hub.Publisher.
func (r *Recorder) Publish(ctx context.Context, d hub.Draft) (hub.Receipt, error) {
	if r.Before != nil {
		if err := r.Before(ctx, d); err != nil {
			return hub.Receipt{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return hub.Receipt{}, err
	}
	if err := d.Check(); err != nil {
		return hub.Receipt{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.Key != "" && r.keys[d.Key] {
		return hub.Receipt{Duplicate: true}, nil
	}
	if r.keys == nil {
		r.keys = make(map[string]bool)
	}
	r.keys[d.Key] = true
	r.events = append(r.events, Recorded{d, time.Now()})
	return hub.Receipt{ID: hub.ID{Epoch: "e", Seq: uint64(len(r.events))}}, nil
}

// All returns what was published so far, in order.
func (r *Recorder) All() []Recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Recorded(nil), r.events...)
}

// Names returns the names of what was published so far, in order.
func (r *Recorder) Names() []string {
	var names []string
	for _, e := range r.All() {
		names = append(names, e.Name)
	}
	return names
}

// Object is an event's data as package json decodes it.
type Object map[string]any

// Object decodes the event's data.
func (e Recorded) Object(t testing.TB) (data Object) {
	t.Helper()
	if err := json.Unmarshal(e.Data, &data); err != nil {
		t.Fatalf("data of %s: %v", e.Name, err)
	}
	return data
}

// WantKeys fails the test unless o has exactly these members.
func (o Object) WantKeys(t testing.TB, keys ...string) {
	t.Helper()
	got := slices.Sorted(maps.Keys(o))
	slices.Sort(keys)
	if !slices.Equal(got, keys) {
		t.Errorf("fields %v, want %v", got, keys)
	}
}

// WantTime fails the test unless o's timestamp is at, give or take a millisecond.
func (o Object) WantTime(t testing.TB, at time.Time) {
	t.Helper()
	text, _ := o["timestamp"].(string)
	got, err := time.Parse(time.RFC3339, text)
	if err != nil || got.Sub(at).Abs() > time.Millisecond {
		t.Errorf("timestamp %q (%v), want RFC 3339 of %v", text, err, at)
	}
}

// WantMatch fails the test unless the whole text of a member matches pattern.
func (o Object) WantMatch(t testing.TB, key, pattern string) {
	t.Helper()
	text, _ := o[key].(string)
	if !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text) {
		t.Errorf("%s is %v, want %s", key, o[key], pattern)
	}
}
