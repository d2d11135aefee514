package hub

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// Reason says why a subscriber misses events.
type Reason string

// The reasons of a gap.
const (
	ReasonReset   Reason = "reset"    // the id is of another epoch, or of the future: the order began anew
	ReasonTooOld  Reason = "too_old"  // some of what was missed is not kept any more
	ReasonTooMuch Reason = "too_much" // more was missed than one replay may carry
	ReasonSlow    Reason = "slow"     // the reader fell off the end of a log while it was connected
)

// Gap is a hole in what a subscriber sees: events of its topics with sequences
// above From and up to To may be missing. The stream goes on after To.
type Gap struct {
	From, To ID
	Reason   Reason
}

// Request says what a subscriber wants.
type Request struct {
	Topics []Topic // at least one; doubles are ignored
	Format *Format
	// After resumes after a position; the zero ID starts at the head.
	After ID
	// Rewind, without After, begins with the newest n kept events.
	Rewind int
	// MaxReplay bounds how many events a resume may replay; default 10,000.
	MaxReplay int
	// SkipToHead makes every gap end at the head instead of at the oldest
	// event kept: for streams that send their whole state after a gap.
	SkipToHead bool
}

// resumeWait bounds how long a subscriber waits for the reader of this process
// to reach a position that the journal has acknowledged already.
const resumeWait = 2 * time.Second

// Cursor is a subscriber: a position in the shared logs of its topics. It holds
// no events, so a slow one costs nothing. Next and SetWake belong to one
// goroutine at a time; Close may be called by any, more than once.
type Cursor struct {
	hub        *Hub
	topics     []Topic
	logs       []*topicLog
	format     *Format
	user       int64
	skipToHead bool
	maxReplay  int

	pos   ID
	life  int
	start *Gap
	wake  func()
	due   []*Event // scratch of Next

	closed bool
}

// Subscribe opens a cursor. The position it starts from and the registration
// are one step, so nothing falls between what was replayed and what is live.
// Errors: ErrNotReady, or an ErrJournal or ctx's when a position of the future
// could not be checked.
func (h *Hub) Subscribe(ctx context.Context, r Request) (*Cursor, error) {
	if err := h.awaitPosition(ctx, r.After); err != nil {
		return nil, err
	}
	if r.MaxReplay <= 0 {
		r.MaxReplay = 10_000
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.started {
		return nil, ErrNotReady
	}
	c := &Cursor{hub: h, format: r.Format, skipToHead: r.SkipToHead, maxReplay: r.MaxReplay, life: h.life}
	for _, t := range r.Topics {
		c.listen(t)
	}
	h.streams++
	if c.user != 0 {
		h.users[c.user]++
	}
	c.begin(r)
	return c, nil
}

// awaitPosition lets the reader reach a position that the journal has already
// acknowledged: whoever posts, and then subscribes with the answer's id, must
// not be told that this id is of the future.
func (h *Hub) awaitPosition(ctx context.Context, id ID) error {
	h.mu.RLock()
	ahead := id.Epoch == h.epoch && id.Seq > h.head
	h.mu.RUnlock()
	if !ahead {
		return nil
	}
	b, err := h.journal.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("check a position: %w", err)
	}
	if b.Epoch != id.Epoch || id.Seq > b.Last {
		return nil // begin tells the gap
	}
	wait, cancel := context.WithTimeout(ctx, resumeWait)
	defer cancel()
	if err := h.waitFor(wait, id.Seq); err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}

func (c *Cursor) listen(t Topic) {
	l := c.hub.store.topic(t)
	if _, twice := l.cursors[c]; twice {
		return
	}
	l.cursors[c] = struct{}{}
	c.topics = append(c.topics, t)
	c.logs = append(c.logs, l)
	if t.User != 0 {
		c.user = t.User
	}
}

// begin sets the first position; the hub's lock is held.
func (c *Cursor) begin(r Request) {
	h := c.hub
	c.pos = ID{h.epoch, h.head}
	switch {
	case r.After.IsZero():
		if r.Rewind > 0 {
			c.pos.Seq = c.newest(r.Rewind, 0)
		}
	case r.After.Epoch != h.epoch || r.After.Seq > h.head:
		c.start = &Gap{From: r.After, To: c.pos, Reason: ReasonReset}
	case r.After.Seq < c.floor():
		c.start = c.fall(r.After, ReasonTooOld)
	case c.pending(r.After.Seq) > r.MaxReplay:
		c.start = c.fall(r.After, ReasonTooMuch)
	default:
		c.pos = r.After
	}
}

// fall moves the cursor over a hole and answers the gap that tells it.
func (c *Cursor) fall(from ID, why Reason) *Gap {
	h := c.hub
	c.pos = ID{h.epoch, h.head}
	if !c.skipToHead {
		least := from.Seq
		if why == ReasonReset {
			least = 0 // from counts in another order
		}
		c.pos.Seq = c.newest(c.maxReplay, least)
	}
	h.gaps.Add(1)
	return &Gap{From: from, To: c.pos, Reason: why}
}

// floor is the lowest position from which nothing of any topic is missed.
func (c *Cursor) floor() (seq uint64) {
	for _, l := range c.logs {
		seq = max(seq, l.floor)
	}
	return seq
}

// pending counts kept events after seq; an event of two topics counts twice.
func (c *Cursor) pending(seq uint64) (n int) {
	for _, l := range c.logs {
		n += len(l.after(seq, c.hub.head))
	}
	return n
}

// newest answers the lowest position, not below least, after which at most n
// events are kept.
func (c *Cursor) newest(n int, least uint64) uint64 {
	least = max(least, c.floor())
	if least >= c.hub.head {
		return c.hub.head
	}
	// pending falls as the position rises, so the position can be searched.
	skip := sort.Search(int(c.hub.head-least), func(i int) bool { return c.pending(least+uint64(i)) <= n })
	return least + uint64(skip)
}

// Gap answers the hole between the position that was asked for and the one the
// cursor starts from; nil when there is none.
func (c *Cursor) Gap() *Gap { return c.start }

// Position is where the cursor stands: all events of its topics up to it have
// been handed out by Next, or told as a gap.
func (c *Cursor) Position() ID { return c.pos }

// SetWake sets what the hub calls when Next may have something. wake is called
// under the hub's lock: it must not block and must not call the hub. Whoever
// sets it calls Next once afterwards.
func (c *Cursor) SetWake(wake func()) {
	c.hub.mu.Lock()
	c.wake = wake
	c.hub.mu.Unlock()
}

// maxBatch bounds the events of one Next, so that a long replay neither holds
// the hub's lock nor gathers memory.
const maxBatch = 256

// Next appends the frames that are due to dst, at most 256, in order; none
// means the reader is at the end. A gap, when not nil, comes before the frames.
func (c *Cursor) Next(dst [][]byte) (frames [][]byte, gap *Gap) {
	for {
		more := c.collect(&gap)
		for _, e := range c.due {
			if b := e.frame(c.format); b != nil {
				dst = append(dst, b)
			}
		}
		clear(c.due)
		if len(dst) > 0 || gap != nil || !more {
			c.hub.delivered.Add(uint64(len(dst)))
			return dst, gap
		}
	}
}

// collect gathers the due events and moves the position behind them. It
// answers whether the batch was cut short.
func (c *Cursor) collect(gap **Gap) (more bool) {
	h := c.hub
	h.mu.RLock()
	defer h.mu.RUnlock()
	c.due = c.due[:0]
	if c.life != h.life {
		c.life = h.life
		*gap = c.fall(c.pos, ReasonReset)
	} else if c.pos.Seq < c.floor() {
		*gap = c.fall(c.pos, ReasonSlow)
	}
	for len(c.due) < maxBatch {
		e := c.first(c.pos.Seq)
		if e == nil {
			c.pos.Seq = h.head
			return false
		}
		c.due = append(c.due, e)
		c.pos.Seq = e.ID.Seq
	}
	return true
}

// first answers the oldest kept event after seq over all topics. An event that
// belongs to two of them is found once, because the position passes it.
func (c *Cursor) first(seq uint64) (oldest *Event) {
	for _, l := range c.logs {
		i := l.search(seq)
		if i < len(l.events) && (oldest == nil || l.events[i].ID.Seq < oldest.ID.Seq) {
			oldest = l.events[i]
		}
	}
	return oldest
}

// Close ends the subscription. Next must not be called afterwards.
func (c *Cursor) Close() {
	h := c.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	for i, l := range c.logs {
		delete(l.cursors, c)
		h.store.tidy(c.topics[i], l)
	}
	h.streams--
	if c.user != 0 {
		if h.users[c.user]--; h.users[c.user] == 0 {
			delete(h.users, c.user)
		}
	}
}
