package hub

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Limited reads a cursor for a subscriber that wants fewer values than there are:
// of those that share a key only the newest, and not more often than the key's
// Every. All other events pass at once, in order and each once. What is held back
// is sent when its time has come, whether anything else happens or not: see Next.
//
// A value that is held back is older than events that have been sent meanwhile, so
// a Place and not an ID says where the subscriber stands. Who comes back with it
// gets the values it is owed, and none of the other events again.
//
// What it keeps is bounded, whatever is published: about 3 MiB, values of up to
// 1,024 keys within their time. When there are more, or at a gap, all that is held
// back is sent before its time, and all keys begin anew.
//
// Its cursor must be read by nobody else. It belongs to one goroutine at a time.
type Limited struct {
	cursor *Cursor
	limit  Limit
	values values
	batch  Batch
	out    []Passed

	// again is up to where the subscriber has been sent, before it came back,
	// everything but values. Until the cursor is there no value is sent: the
	// subscriber may have a newer one. What is held until then is not more than was
	// counted when it went: every key that has a value in between is kept for as long
	// as the oldest of them can be held, with the size of its largest value.
	again uint64
}

// Passed is one frame for the subscriber, or a gap.
type Passed struct {
	Frame []byte // shared with all who read it
	Gap   *Gap   // when not nil, there is no frame
	At    Place  // where the subscriber stands behind it
}

// Limit makes a cursor a limited one. The request it came from had Back when the
// subscriber came back to a Place.
func (c *Cursor) Limit(l Limit, back uint64) *Limited {
	m := &Limited{cursor: c, limit: l, values: values{keys: map[string]*value{}}}
	if back > 0 && c.start == nil {
		m.again = c.pos.Seq + back
	}
	return m
}

// Place is where the subscriber stands.
func (m *Limited) Place() Place {
	return m.place(ID{m.cursor.pos.Epoch, max(m.cursor.pos.Seq, m.again)}, m.values.oldest())
}

// place is a position from which the events from a sequence on, 0 for none, are
// still to come.
func (m *Limited) place(at ID, owed uint64) Place {
	p := Place{ID: at}
	if owed != 0 && owed <= at.Seq {
		p.Back = at.Seq - owed + 1
	}
	if read := m.cursor.pos.Seq; read < m.again {
		p.Back = max(p.Back, at.Seq-min(read, at.Seq))
	}
	return p
}

// Next is when something that is held back may be sent; zero while there is none.
func (m *Limited) Next() time.Time {
	if m.values.holding == 0 || m.cursor.pos.Seq < m.again {
		return time.Time{}
	}
	return m.values.due
}

// Take reads on, and answers what is to be sent now, which the caller must send
// before it asks again; it is valid until then. more says that there may be more
// at once. While the cursor has a backlog it waits for the journal; errors are
// those of Cursor.ReadBack, and nothing has been taken then.
func (m *Limited) Take(ctx context.Context, now time.Time) (out []Passed, more bool, err error) {
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
	clear(m.out)
	m.out = m.out[:0]
	if b.Gap != nil {
		m.leap(b)
	}
	for _, e := range b.Events {
		m.see(e, now)
	}
	clear(b.Events)
	from := c.pos
	c.pos = b.end
	if c.pos.Seq >= m.again {
		m.values.release(now)
	}
	m.write(from)
	if m.values.left > 0 {
		c.feed.of.thinned.Add(m.values.left)
		m.values.left = 0
	}
	return m.out, more, nil
}

// see sorts one event.
func (m *Limited) see(e *Event, now time.Time) {
	k := m.limit.Key(e)
	if len(k.Name) > maxKeyLen {
		k = Key{}
	}
	sent := e.ID.Seq <= m.again
	if k.Name != "" && k.Value && (k.Every > 0 || sent) {
		m.values.hold(e, k, now)
		return
	}
	m.values.outdo(k.Name)
	if !sent {
		m.values.ready = append(m.values.ready, e)
	}
}

// leap goes over a gap. What is held back is of before it, and after it nobody
// could ask for it again.
func (m *Limited) leap(b *Batch) {
	m.values.flush()
	m.write(m.cursor.pos)
	m.again = 0
	m.cursor.generation, m.cursor.pos = b.Gap.generation, b.start
	m.out = append(m.out, Passed{Gap: b.Gap, At: Place{ID: b.start}})
}

// write makes frames of what is ready, in order. from is where the cursor stood:
// values of before it are late, and do not move the subscriber back.
func (m *Limited) write(from ID) {
	ready := m.values.ready
	if len(ready) == 0 {
		return
	}
	slices.SortFunc(ready, func(a, b *Event) int { return cmp.Compare(a.ID.Seq, b.ID.Seq) })
	held := m.values.oldest()
	for i, e := range ready {
		owed := held
		if i+1 < len(ready) && (owed == 0 || ready[i+1].ID.Seq < owed) {
			owed = ready[i+1].ID.Seq
		}
		if f := m.cursor.feed.frame(e); f != nil {
			at := ID{e.ID.Epoch, max(from.Seq, m.again, e.ID.Seq)}
			m.out = append(m.out, Passed{Frame: f, At: m.place(at, owed)})
		}
	}
	clear(ready)
	m.values.ready = ready[:0]
}
