package hub

import "time"

// maxBatch bounds the events of one Batch, so that a long replay neither holds
// the hub's lock nor gathers memory.
const maxBatch = 256

// Batch is what is due after one position of a feed: shared bytes, and the position
// behind each of them. The zero Batch is empty. It is scratch space
// that may be used again and again; it belongs to one goroutine.
type Batch struct {
	// Gap, when not nil, comes before the frames.
	Gap *Gap
	// Frames are at most 256, in order, shared by all readers. None,
	// and no gap, means that the reader is at the end.
	Frames [][]byte
	// Events are those of Cursor.Events and EventsBack, which make no frames: at
	// most 256, in order. They are valid until the batch is used again.
	Events []*Event

	// Stored is when the journal stored the newest of the frames' events; zero without
	// frames.
	Stored time.Time

	ends  []uint64 // the sequence behind each frame
	start ID       // behind the gap, before the frames
	end   ID       // behind everything that was looked at
	read  view     // what it was read for
	cut   bool
}

// view is what the due frames depend on: a reader's position, and how it takes a
// gap.
type view struct {
	feed       *Feed
	pos        ID
	generation int32
	maxReplay  int32
	skipToHead bool
}

// Reset forgets what the batch holds, so that the next Due looks again.
func (b *Batch) Reset() {
	clear(b.Frames)
	clear(b.Events)
	b.Gap, b.Frames, b.Events, b.ends, b.read, b.Stored = nil, b.Frames[:0], b.Events[:0], b.ends[:0], view{}, time.Time{}
}

// Due fills b with what is due at the cursor's position and does not move the
// cursor. A batch that was filled for a cursor at the same position is left as it is,
// so that readers at one position share the work: a caller that wants what has been
// appended since then resets it first.
func (c *Cursor) Due(b *Batch) {
	if b.read == c.view {
		return
	}
	b.Reset()
	b.read = c.view
	for pos := c.pos; ; {
		b.cut = c.collect(b, pos)
		b.encode(c.feed)
		if len(b.Frames) > 0 || b.Gap != nil || !b.cut {
			return
		}
		pos = b.end
	}
}

// encode makes frames of the events that are due.
func (b *Batch) encode(f *Feed) {
	for _, e := range b.Events {
		if frame := f.frame(e); frame != nil {
			b.Frames = append(b.Frames, frame)
			b.ends = append(b.ends, e.ID.Seq)
			b.Stored = e.Time
		}
	}
	clear(b.Events)
	b.Events = b.Events[:0]
}

// Events fills b with the events that are due at the cursor's position, without
// encoding them: for readers that fold events, or choose among them. The cursor
// stays there until PassAll.
func (c *Cursor) Events(b *Batch) {
	b.Reset()
	b.cut = c.collect(b, c.pos)
}

// Frame returns an event's frame in the cursor's format, nil where the format
// does not show it.
func (c *Cursor) Frame(e *Event) []byte { return c.feed.frame(e) }

// PassAll moves the cursor over everything that the batch was made of.
func (c *Cursor) PassAll(b *Batch) { c.Pass(b, len(b.Frames)) }

// Pass moves the cursor over the batch's gap and its first n frames; all of them
// bring it behind everything the batch was made of.
func (c *Cursor) Pass(b *Batch, n int) {
	if b.Gap != nil {
		c.generation = b.Gap.generation
	}
	switch {
	case n == len(b.Frames):
		c.pos = b.end
	case n > 0:
		c.pos = ID{b.end.Epoch, b.ends[n-1]}
	default:
		c.pos = b.start
	}
}

// collect gathers the events that are due after pos, and the gap before them.
// It reports whether the batch was cut short.
func (c *Cursor) collect(b *Batch, pos ID) (cut bool) {
	h := c.feed.of
	h.mu.RLock()
	defer h.mu.RUnlock()
	if c.generation != h.generation {
		b.Gap = c.fall(pos, ReasonReset)
	} else if pos.Seq < c.feed.floor() {
		b.Gap = c.fall(pos, ReasonSlow)
	}
	if b.Gap != nil {
		pos = b.Gap.To
	}
	b.start = pos
	b.Events = c.feed.after(b.Events[:0], pos.Seq)
	b.end = ID{h.epoch, h.head}
	if len(b.Events) == maxBatch {
		b.end.Seq = b.Events[maxBatch-1].ID.Seq
		return true
	}
	return false
}

// after appends the oldest kept events with sequences above seq, at most
// maxBatch, in order over all topics. An event of two topics is taken once.
func (f *Feed) after(due []*Event, seq uint64) []*Event {
	if len(f.logs) == 1 {
		events := f.logs[0].events[f.logs[0].search(seq):]
		return append(due, events[:min(len(events), maxBatch)]...)
	}
	for len(due) < maxBatch {
		var oldest *Event
		for _, l := range f.logs {
			if i := l.search(seq); i < len(l.events) && (oldest == nil || l.events[i].ID.Seq < oldest.ID.Seq) {
				oldest = l.events[i]
			}
		}
		if oldest == nil {
			break
		}
		due = append(due, oldest)
		seq = oldest.ID.Seq
	}
	return due
}

// frame returns an event's bytes in the feed's format; nil for none. An encoder
// that panics costs its event, not the process: writers of many connections
// call it.
func (f *Feed) frame(e *Event) []byte {
	b, fault := f.of.frames.frame(f.format, e)
	if fault != nil {
		f.of.log.Error("encoding an event failed, it is left out", "format", f.format.name, "id", e.ID, "error", fault)
	}
	return b
}

// Full reports whether the batch was cut short: there may be more behind it.
func (b *Batch) Full() bool { return b.cut }
