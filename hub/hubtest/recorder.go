package streams

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"latido/hub"
)

// Recorder is a Publisher that remembers. It refuses what the hub would, so
// that no test passes with an event that could not exist, and stores a key
// once, as the journal does.
type Recorder struct {
	// Before, if set, is called before each publication, and what it answers is
	// the publication's error.
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

// All answers what was published so far, in order.
func (r *Recorder) All() []Recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Recorded(nil), r.events...)
}

// Names answers the names of what was published so far, in order.
func (r *Recorder) Names() []string {
	var names []string
	for _, e := range r.All() {
		names = append(names, e.Name)
	}
	return names
}

// Object answers the event's data.
func (e Recorded) Object(t testing.TB) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(e.Data, &out); err != nil {
		t.Fatalf("data of %s: %v", e.Name, err)
	}
	return out
}
