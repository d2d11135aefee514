package hub

import (
	"cmp"
	"context"
	"fmt"
	"sort"
	"time"
)

// Reason says why a subscriber misses events.
type Reason string

// The reasons of a gap.
const (
	ReasonReset   Reason = "reset"    // the id is of another epoch, or of the future: the order began again
	ReasonTooOld  Reason = "too_old"  // some of what was missed is not kept any more
	ReasonTooMuch Reason = "too_much" // more was missed than one replay may carry
	ReasonSlow    Reason = "slow"     // the reader fell off the end of a log while it was connected
)

// Gap is a hole in what a subscriber sees: events of its topics with sequences
// above From and up to To may be missing. The stream goes on after To.
type Gap struct {
	From, To ID
	Reason   Reason

	generation int32 // of the logs that To belongs to
}

// Request says what a subscriber wants.
type Request struct {
	Topics []Topic // at least one; doubles are ignored
	Format *Format // nil for a cursor that reads no frames
	// After resumes after a position; the zero ID starts at the head.
	After ID
	// Back, with After, goes on that many sequences before it: see ResumeToken.
	Back uint64
	// Rewind, without After, begins with the newest n kept events.
	Rewind int
	// MaxReplay bounds how many events a resume may replay; default
	// Options.MaxReplay.
	MaxReplay int
	// SkipToHead makes every gap end at the head instead of at the oldest
	// event kept: for streams that send their whole state after a gap.
	SkipToHead bool
	// Internal keeps the subscriber out of Stats and Users: it is no stream of a
	// client.
	Internal bool
}

// resumeWait bounds how long a subscriber waits for the reader of this process
// to reach a position that the journal has acknowledged already.
const resumeWait = 2 * time.Second

// Cursor is a subscriber: a position in the shared logs of its topics. It holds
// no events, so a slow one costs nothing. Due and Pass belong to one goroutine
// at a time; Close may be called by any, more than once.
type Cursor struct {
	view
	internal bool
	closed   bool
	also     *Cursor // closed with this one; nil for none
	start    *Gap
	back     *backlog // what it has missed and the logs do not keep; nil for nothing
}

// Subscribe opens a cursor. The position it starts from and the registration
// are one step, so nothing falls between what was replayed and what is live.
// Errors: ErrNotReady, or an ErrJournal or ctx's when a position of the future
// could not be checked.
func (h *Hub) Subscribe(ctx context.Context, r Request) (*Cursor, error) {
	if err := h.awaitPosition(ctx, r.After); err != nil {
		return nil, err
	}
	r.Back = min(r.Back, r.After.Seq)
	r.After.Seq -= r.Back
	r.MaxReplay = cmp.Or(r.MaxReplay, h.maxReplay)
	back, tooMuch, err := h.findBacklog(ctx, r)
	if err != nil {
		return nil, err
	}
	return h.open(r, back, tooMuch)
}

// awaitPosition lets the reader reach a position that the journal has already
// acknowledged: a client that posts, and then subscribes with the returned id, must
// not get a gap because that id is ahead of this process.
func (h *Hub) awaitPosition(ctx context.Context, id ID) error {
	h.mu.RLock()
	ahead := id.Epoch == h.epoch && id.Seq > h.head
	h.mu.RUnlock()
	if !ahead {
		return nil
	}
	known, err := h.acknowledged(ctx, id)
	if err != nil || !known {
		return err // begin makes the gap of a position that was never given
	}
	wait, cancel := context.WithTimeout(ctx, resumeWait)
	defer cancel()
	if err := h.waitFor(wait, id.Seq); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// It is stored: to call it one that was never given would be untrue.
		return fmt.Errorf("%w: the reader is more than %v behind a position", ErrJournal, resumeWait)
	}
	return nil
}

// lagEvery is the pause between two questions to a journal that may be behind.
const lagEvery = 50 * time.Millisecond

// acknowledged asks the journal whether it has ever stored a position of this
// epoch. One of several copies may not know yet of what another has acknowledged.
func (h *Hub) acknowledged(ctx context.Context, id ID) (bool, error) {
	for begun := time.Now(); ; {
		b, err := h.journal.Bounds(ctx)
		if err != nil {
			return false, fmt.Errorf("check a position: %w", err)
		}
		if b.Epoch != id.Epoch || id.Seq <= b.Last {
			return b.Epoch == id.Epoch, nil
		}
		if time.Since(begun) >= b.Lag {
			return false, nil
		}
		select {
		case <-time.After(lagEvery):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// begin sets the first position; the hub's lock is held. tooMuch says that more
// is missed than a replay may carry, although the journal has it.
func (c *Cursor) begin(r Request, tooMuch bool) {
	h := c.feed.of
	c.pos = ID{h.epoch, h.head}
	switch {
	case r.After.IsZero():
		if r.Rewind > 0 {
			c.pos.Seq = c.feed.newest(r.Rewind, 0)
		}
		return
	case r.After.Epoch != h.epoch || r.After.Seq+r.Back > h.head:
		// Nothing is known of what this reader has seen: the stream begins where
		// a new one would.
		c.start = c.gap(r.After, c.pos, ReasonReset)
		c.back = nil
	case c.back != nil:
		c.pos = r.After
		return
	case tooMuch:
		c.start = c.fall(r.After, ReasonTooMuch)
	case r.After.Seq < c.feed.floor():
		c.start = c.fall(r.After, ReasonTooOld)
	case c.feed.pending(r.After.Seq) > r.MaxReplay:
		c.start = c.fall(r.After, ReasonTooMuch)
	default:
		c.pos = r.After
		return
	}
	c.pos = c.start.To
}

// fall returns the gap of a reader that cannot go on at from.
func (c *Cursor) fall(from ID, why Reason) *Gap {
	h := c.feed.of
	to := ID{h.epoch, h.head}
	if !c.skipToHead {
		least := from.Seq
		if why == ReasonReset {
			least = 0 // from counts in another order
		}
		to.Seq = c.feed.newest(int(c.maxReplay), least)
	}
	return c.gap(from, to, why)
}

func (c *Cursor) gap(from, to ID, why Reason) *Gap {
	h := c.feed.of
	h.gaps.Add(1)
	return &Gap{From: from, To: to, Reason: why, generation: h.generation}
}

// floor is the lowest position from which nothing of any topic is missed.
func (f *Feed) floor() (seq uint64) {
	for _, l := range f.logs {
		seq = max(seq, l.floor)
	}
	return seq
}

// pending counts kept events after seq; an event of two topics counts twice.
func (f *Feed) pending(seq uint64) (n int) {
	for _, l := range f.logs {
		n += len(l.after(seq, f.of.head))
	}
	return n
}

// newest returns the lowest position, not below least, after which at most n
// events are kept.
func (f *Feed) newest(n int, least uint64) uint64 {
	least = max(least, f.floor())
	head := f.of.head
	if least >= head {
		return head
	}
	// pending falls as the position rises, so the position can be searched.
	skip := sort.Search(int(head-least), func(i int) bool { return f.pending(least+uint64(i)) <= n })
	return least + uint64(skip)
}

// Feed is what the cursor shares with others of the same topics and format.
func (c *Cursor) Feed() *Feed { return c.feed }

// Gap returns the gap between the position that was asked for and the one the
// cursor starts from; nil when there is none.
func (c *Cursor) Gap() *Gap { return c.start }

// Position is the cursor's position: all events of its topics up to it have been
// passed, or reported as a gap.
func (c *Cursor) Position() ID { return c.pos }

// CloseWith makes Close close another cursor, too: one that is never read, and
// only counts a stream under the topics that its fragments are drawn from. It must
// be called before the cursor is handed on.
func (c *Cursor) CloseWith(other *Cursor) { c.also = other }

// Close ends the subscription. The cursor must not be read afterwards.
func (c *Cursor) Close() {
	if c.also != nil {
		c.also.Close()
	}
	h := c.feed.of
	h.mu.Lock()
	defer h.mu.Unlock()
	if !c.closed {
		c.closed = true
		c.feed.leave(!c.internal)
	}
}
