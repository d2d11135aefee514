package conflate

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"latido/hub"
)

// Options configure a Conflater.
type Options struct {
	// Classify says what an event is a value of; required. It is called once for
	// every event that the cursor reads, in the reading goroutine.
	Classify func(*hub.Event) Class
	// Back is the Back of the hub.ResumeToken that the cursor was subscribed with; 0
	// for a new subscriber.
	Back uint64
	// Conflated counts the values that are not sent because a newer event of their
	// key supersedes them; nil for no counter.
	Conflated *atomic.Uint64
}

// Class is what an event tells about.
type Class struct {
	// Key names it, in at most 256 bytes. An event with a longer key, or "", is sent
	// unchanged.
	Key string
	// Value says that a newer event of the key supersedes this one, so it may be left
	// out. An event of the key that is not a value is sent at once and supersedes the
	// pending value: the end of a task, for example.
	Value bool
	// Every is the least time between two values; 0 sends every value.
	Every time.Duration
}

// Item is one frame for the subscriber, or a gap.
type Item struct {
	Frame []byte   // shared with all subscribers of the format
	Gap   *hub.Gap // when not nil, there is no frame
	// At is the token to resume with after this item.
	At hub.ResumeToken
}

// Conflater reads a cursor. The cursor must have no other reader. A Conflater may be
// used by one goroutine at a time.
type Conflater struct {
	cursor    *hub.Cursor
	classify  func(*hub.Event) Class
	conflated *atomic.Uint64
	pending   pending
	batch     hub.Batch
	items     []Item

	// resent is the position that the subscriber had reached before it reconnected:
	// up to there it has got everything but values. Until the cursor has passed it no
	// value is sent, because the subscriber may have a newer one. What is pending until
	// then is within the bounds that applied when the subscriber left: every key with a
	// value in between is kept for as long as the oldest of them can be pending, and
	// counts with the size of its largest value.
	resent uint64
}

// New makes a conflater of a cursor.
func New(c *hub.Cursor, o Options) *Conflater {
	m := &Conflater{cursor: c, classify: o.Classify, conflated: cmp.Or(o.Conflated, new(atomic.Uint64)), pending: newPending()}
	if o.Back > 0 && c.Gap() == nil {
		m.resent = c.Position().Seq + o.Back
	}
	return m
}

// ResumeToken returns the token to resume with after what has been read so far.
func (m *Conflater) ResumeToken() hub.ResumeToken {
	pos := m.cursor.Position()
	return m.token(hub.ID{Epoch: pos.Epoch, Seq: max(pos.Seq, m.resent)}, m.pending.oldest())
}

// token returns the token for a subscriber that has reached at and has still to get
// the pending values from the sequence oldest on; 0 for none.
func (m *Conflater) token(at hub.ID, oldest uint64) hub.ResumeToken {
	t := hub.ResumeToken{ID: at}
	if oldest != 0 && oldest <= at.Seq {
		t.Back = at.Seq - oldest + 1
	}
	if read := m.cursor.Position().Seq; read < m.resent {
		t.Back = max(t.Back, at.Seq-min(read, at.Seq))
	}
	return t
}

// PendingUntil returns when the next pending value may be sent; zero when none is pending.
func (m *Conflater) PendingUntil() time.Time {
	if m.pending.n == 0 || m.cursor.Position().Seq < m.resent {
		return time.Time{}
	}
	return m.pending.due
}

// Read reads on and returns what is to be sent now. The caller must send it before
// the next Read, and the items are valid until then. more reports that another Read
// may return something at once. While the cursor has a backlog, Read waits for the
// journal; errors are those of hub.Cursor.EventsBack, and nothing has been read then.
func (m *Conflater) Read(ctx context.Context, now time.Time) (items []Item, more bool, err error) {
	b, c := &m.batch, m.cursor
	if c.Backlog() {
		more = true
		if err := c.EventsBack(ctx, b); err != nil {
			return nil, false, err
		}
	} else {
		c.Events(b)
		more = b.Full()
	}
	clear(m.items)
	m.items = m.items[:0]
	from := c.Position()
	if b.Gap != nil {
		m.gap(b.Gap)
		from = b.Gap.To
	}
	for _, e := range b.Events {
		m.event(e, now)
	}
	c.PassAll(b)
	b.Reset() // a quiet stream keeps no events
	if c.Position().Seq >= m.resent {
		m.pending.release(now)
	}
	m.send(from)
	if n := m.pending.superseded; n > 0 {
		m.conflated.Add(n)
		m.pending.superseded = 0
	}
	return m.items, more, nil
}

// event holds an event, or marks it for sending.
func (m *Conflater) event(e *hub.Event, now time.Time) {
	class := m.classify(e)
	if len(class.Key) > maxKeyLen {
		class = Class{}
	}
	sent := e.ID.Seq <= m.resent
	if class.Key != "" && class.Value && (class.Every > 0 || sent) {
		m.pending.add(e, class, now)
		return
	}
	m.pending.supersede(class.Key)
	if !sent {
		m.pending.ready = append(m.pending.ready, e)
	}
}

// gap sends every pending value and then the gap: behind the gap a subscriber could
// not resume from before it.
func (m *Conflater) gap(g *hub.Gap) {
	m.pending.flush()
	m.send(m.cursor.Position())
	m.resent = 0
	m.items = append(m.items, Item{Gap: g, At: hub.ResumeToken{ID: g.To}})
}

// send makes items of the ready events, in order. from is the position before this
// Read: older values among them are late, and do not move the subscriber back.
func (m *Conflater) send(from hub.ID) {
	ready := m.pending.ready
	if len(ready) == 0 {
		return
	}
	slices.SortFunc(ready, func(a, b *hub.Event) int { return cmp.Compare(a.ID.Seq, b.ID.Seq) })
	pending := m.pending.oldest()
	for i, e := range ready {
		oldest := pending
		if i+1 < len(ready) && (oldest == 0 || ready[i+1].ID.Seq < oldest) {
			oldest = ready[i+1].ID.Seq
		}
		if f := m.cursor.Frame(e); f != nil {
			at := hub.ID{Epoch: e.ID.Epoch, Seq: max(from.Seq, m.resent, e.ID.Seq)}
			m.items = append(m.items, Item{Frame: f, At: m.token(at, oldest)})
		}
	}
	clear(ready)
	m.pending.ready = ready[:0]
}
