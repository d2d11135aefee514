package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrJournal is wrapped by every failure of a journal to do what was asked: it
// is down, full, or did not reply in time. Nothing is known to be stored then;
// publishing again with the same Key is safe.
var ErrJournal = errors.New("journal unavailable")

// ErrFull is wrapped by failures whose cause is a disk, or a share of one, that
// has no room left. It wraps ErrJournal.
var ErrFull = fmt.Errorf("%w: no room to store events", ErrJournal)

// Journal decides: it orders events, makes them durable and keeps them. The
// hub owns no other truth. All methods may be called concurrently.
type Journal interface {
	// Append stores a checked draft whose Data is compact and returns its position
	// in the order, once the event is as durable as the journal promises. A
	// draft whose Key was seen within the journal's window is not stored again:
	// the receipt names the first one. Errors wrap ErrJournal, or are ctx's.
	Append(ctx context.Context, d Draft) (Receipt, error)

	// Bounds returns what is stored now. Errors wrap ErrJournal, or are ctx's.
	Bounds(ctx context.Context) (Bounds, error)

	// Healthy returns nil when events can be stored and read, as far as the
	// journal knows without storing one. Errors wrap ErrJournal, or are ctx's.
	Healthy(ctx context.Context) error

	// Follow delivers every stored event with a sequence of at least from, in
	// order and each once, then every new one as it is stored. It calls deliver
	// from one goroutine at a time and returns when ctx ends (ctx's error), when
	// deliver fails (that error), or when the store does (wraps ErrJournal);
	// never nil. After it has returned deliver is not called again. deliver may
	// call the journal. A sequence that jumps means that events have been dropped:
	// all of them up to Bounds.First, and above it ephemeral events past their age.
	Follow(ctx context.Context, from uint64, deliver func(*Event) error) error

	// History reads up to limit stored events of a topic with sequences above
	// after, oldest first. It may return fewer when they are large; none means
	// that there are no more. Errors wrap ErrJournal, or are ctx's.
	History(ctx context.Context, t Topic, after uint64, limit int) ([]*Event, error)

	// Back returns the highest sequence from which on at least n events that are
	// no ephemeral event is stored, or all of them where there are fewer. Errors wrap
	// ErrJournal, or are ctx's.
	Back(ctx context.Context, n int) (uint64, error)

	// Pending counts the stored events of a topic with sequences above after.
	// Errors wrap ErrJournal, or are ctx's.
	Pending(ctx context.Context, t Topic, after uint64) (int, error)
}

// Bounds is the extent of a journal. An empty journal has Last == First-1.
type Bounds struct {
	Epoch string // see ID
	First uint64 // sequence of the oldest stored event; the next one's if none is stored
	Last  uint64 // sequence of the newest event ever stored in this epoch
	Bytes uint64 // size of what is stored

	// Lag is how long after an acknowledgement Last may not count it yet; 0 where
	// the journal has one copy of everything.
	Lag time.Duration

	// EphemeralTopics are the topics that have ever had an ephemeral event. Of these,
	// events below EphemeralFrom may have been dropped in the middle.
	EphemeralTopics []Topic
	EphemeralFrom   uint64
}

// Oldest is the lowest position from which nothing of a topic is missed.
func (b Bounds) Oldest(t Topic) uint64 {
	oldest := b.First
	if slices.Contains(b.EphemeralTopics, t) {
		oldest = max(oldest, b.EphemeralFrom)
	}
	return oldest - 1
}

// Receipt is the journal's word for one published event.
type Receipt struct {
	ID        ID
	Duplicate bool // the Key was known: ID is the first publication's
}

// Publisher is what producers of events need of the hub.
type Publisher interface {
	// Publish checks d, stores it and returns its receipt; see Hub.Publish.
	Publish(ctx context.Context, d Draft) (Receipt, error)
}
