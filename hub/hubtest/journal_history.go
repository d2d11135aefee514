package hubtest

import (
	"context"
	"fmt"

	"latido/hub"
)

// History reads stored events of a topic; see hub.Journal.
func (j *Journal) History(ctx context.Context, t hub.Topic, after uint64, limit int) ([]*hub.Event, error) {
	var events []*hub.Event
	err := j.search(ctx, t, after, func(s stored) bool {
		if len(events) < limit {
			events = append(events, j.event(s))
		}
		return len(events) < limit
	})
	return events, err
}

// Pending counts stored events of a topic; see hub.Journal.
func (j *Journal) Pending(ctx context.Context, t hub.Topic, after uint64) (n int, err error) {
	err = j.search(ctx, t, after, func(stored) bool { n++; return true })
	return n, err
}

// Back returns the sequence from which n events are stored; see hub.Journal.
func (j *Journal) Back(ctx context.Context, n int) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("look back: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.read(); err != nil {
		return 0, fmt.Errorf("%w: look back: %w", hub.ErrJournal, err)
	}
	from := j.last + 1
	for i := len(j.events) - 1; i >= 0 && n > 0; i-- {
		if !j.events[i].draft.Ephemeral {
			from, n = j.events[i].seq, n-1
		}
	}
	if n > 0 {
		from = j.first()
	}
	return from, nil
}

// search calls visit for the events of a topic above a sequence until it
// returns false.
func (j *Journal) search(ctx context.Context, t hub.Topic, after uint64, visit func(stored) bool) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.read(); err != nil {
		return fmt.Errorf("%w: read history: %w", hub.ErrJournal, err)
	}
	for _, s := range j.events {
		if s.seq > after && j.of(s, t) && !visit(s) {
			return nil
		}
	}
	return nil
}

// of reports whether an event belongs to a topic.
func (j *Journal) of(s stored, t hub.Topic) bool {
	if t.Channel != "" {
		return s.draft.Channel == t.Channel
	}
	return t.User != 0 && s.draft.User == t.User
}
