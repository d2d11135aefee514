package hub

import (
	"cmp"
	"container/list"
)

// topicLog is the bounded, append-only log of one topic: events in ascending
// order of sequence. Guarded by Hub.mu.
type topicLog struct {
	events []*Event
	bytes  int
	// floor is the highest sequence at which the topic may have had an event
	// that is not kept any more. A reader below it may have missed one.
	floor   uint64
	pinned  bool    // kept although nobody writes or reads it; see Fragments.Begin
	feeds   []*Feed // that read it
	readers int     // open cursors of those feeds
}

// after returns the kept events with sequences in (pos, upTo].
func (t *topicLog) after(pos, upTo uint64) []*Event {
	return t.events[t.search(pos):t.search(upTo)]
}

// search returns how many kept events have a sequence of at most seq.
func (t *topicLog) search(seq uint64) int {
	n := len(t.events)
	if n == 0 || t.events[n-1].ID.Seq <= seq {
		return n // the usual case: the reader is at the end
	}
	// Written out: this is read for every feed and batch, and a library's search
	// calls a function for every step.
	low, high := 0, n
	for low < high {
		if mid := int(uint(low+high) >> 1); t.events[mid].ID.Seq <= seq {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

func (t *topicLog) dropOldest() *Event {
	e := t.events[0]
	// Readers copy events out under the lock, so clearing the slot is safe and
	// lets the event go although the slice still covers it.
	t.events[0] = nil
	t.events = t.events[1:]
	t.bytes -= e.Size()
	t.floor = max(t.floor, e.ID.Seq) // skip may have raised it above what is kept
	return e
}

// store is all topic logs under one bound. Guarded by Hub.mu.
type store struct {
	topics    map[Topic]*topicLog
	order     *list.List // of *Event, ascending by sequence
	elements  map[*Event]*list.Element
	bytes     int64
	base      uint64 // nothing at or below it is kept for a topic that has no log
	retention Retention

	// Of these topics nothing at or below ephemeralBase is sure to have been read:
	// the journal had dropped ephemeral events by then.
	ephemeral     map[Topic]bool
	ephemeralBase uint64
}

// Retention bounds what the hub keeps ready in memory. Zero means the default.
type Retention struct {
	TopicEvents int   // events kept per topic; default 1024
	TopicBytes  int   // bytes kept per topic; default 1 MiB
	Bytes       int64 // bytes kept over all topics; default 64 MiB
	FrameBytes  int64 // bytes of encoded events kept for the next readers; default 16 MiB
}

func (r Retention) withDefaults() Retention {
	r.TopicEvents = cmp.Or(r.TopicEvents, 1024)
	r.TopicBytes = cmp.Or(r.TopicBytes, 1<<20)
	r.Bytes = cmp.Or(r.Bytes, 64<<20)
	r.FrameBytes = cmp.Or(r.FrameBytes, 16<<20)
	return r
}

func newStore(r Retention) *store {
	return &store{topics: map[Topic]*topicLog{}, order: list.New(), elements: map[*Event]*list.Element{}, retention: r}
}

// topic returns the topic's log, making it when there is none.
func (s *store) topic(t Topic) *topicLog {
	l := s.topics[t]
	if l == nil {
		l = &topicLog{floor: s.lowest(t)}
		s.topics[t] = l
	}
	return l
}

// floor is the floor of a topic, which may have no log.
func (s *store) floor(t Topic) uint64 {
	if l := s.topics[t]; l != nil {
		return l.floor
	}
	return s.lowest(t)
}

// lowest is the floor of a topic whose log is empty.
func (s *store) lowest(t Topic) uint64 {
	if s.ephemeral[t] {
		return max(s.base, s.ephemeralBase)
	}
	return s.base
}

// append adds the next event to its topics and drops what no longer fits.
func (s *store) append(e *Event) {
	s.elements[e] = s.order.PushBack(e)
	s.bytes += int64(e.Size())
	topics, n := e.topics()
	for _, t := range topics[:n] {
		l := s.topic(t)
		l.events = append(l.events, e)
		l.bytes += e.Size()
		for len(l.events) > 1 && (len(l.events) > s.retention.TopicEvents || l.bytes > s.retention.TopicBytes) {
			s.release(l.dropOldest())
		}
	}
	for s.bytes > s.retention.Bytes && s.order.Len() > 1 {
		s.forget(s.order.Front().Value.(*Event))
	}
}

// release lets an event go once no topic keeps it any more.
func (s *store) release(e *Event) {
	topics, n := e.topics()
	for _, t := range topics[:n] {
		if l := s.topics[t]; l != nil && len(l.events) > 0 && l.events[0].ID.Seq <= e.ID.Seq {
			return
		}
	}
	s.drop(e)
}

// forget drops the oldest event of all from every topic that keeps it.
func (s *store) forget(e *Event) {
	topics, n := e.topics()
	for _, t := range topics[:n] {
		l := s.topics[t]
		if l == nil || len(l.events) == 0 || l.events[0] != e {
			continue // its topic's own bound was quicker
		}
		l.dropOldest()
		s.tidy(t, l)
	}
	s.drop(e)
}

// drop takes an event that no topic keeps off the count.
func (s *store) drop(e *Event) {
	s.order.Remove(s.elements[e])
	delete(s.elements, e)
	s.bytes -= int64(e.Size())
}

// tidy removes the log of a topic that nobody writes or reads. Its floor is not
// lost: it is at or below the base, where a new log begins.
func (s *store) tidy(t Topic, l *topicLog) {
	if len(l.events) == 0 && len(l.feeds) == 0 && !l.pinned {
		s.base = max(s.base, l.floor)
		delete(s.topics, t)
	}
}

// reset empties all logs; base is the sequence before the first event to come,
// and b what the journal has.
func (s *store) reset(base uint64, b Bounds) {
	s.order.Init()
	clear(s.elements)
	s.bytes, s.base = 0, base
	s.ephemeral, s.ephemeralBase = map[Topic]bool{}, 0
	for _, t := range b.EphemeralTopics {
		s.ephemeral[t] = true
		s.ephemeralBase = b.EphemeralFrom - 1
	}
	for t, l := range s.topics {
		l.events, l.bytes, l.floor = nil, 0, s.lowest(t)
		if len(l.feeds) == 0 {
			delete(s.topics, t)
		}
	}
}

// skip notes that events up to seq may have been lost on the way here: readers
// below get a gap. Nobody reads what is kept below; newer events push it out.
func (s *store) skip(seq uint64) {
	s.base = max(s.base, seq)
	for _, l := range s.topics {
		l.floor = max(l.floor, seq)
	}
}
