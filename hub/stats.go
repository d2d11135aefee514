package hub

import (
	"maps"
	"slices"
)

// Stats is a snapshot of the hub's numbers. Counters begin at zero with the
// process.
type Stats struct {
	Streams  int            // open subscriptions
	Users    int            // users with at least one
	Channels map[string]int // open subscriptions per channel
	Feeds    int            // different sets of topics and format among them
	Topics   int            // topics with a log in memory
	Events   int            // events kept ready in memory
	Bytes    int64          // what they cost, roughly
	Frames   int64          // bytes of encoded events kept for the next readers

	// Encoded counts the encodings of events by the format's name. An event that
	// a thousand subscribers of a format have read counts once.
	Encoded map[string]uint64

	Published uint64          // events stored by Publish
	Read      uint64          // events read from the journal
	Gaps      uint64          // gaps reported to subscribers
	Head      ID              // the newest position subscribers may see
	Stored    Bounds          // what the journal keeps, as of at most some seconds ago
	Timings   TimingsSnapshot // durations on the way of an event
	Trouble   error           // why events cannot be published and read, as of then; nil when they can
}

// Users returns the users with an open subscription, in no order; nil when they
// are more than most.
func (h *Hub) Users(most int) []int64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.users) > most {
		return nil
	}
	return slices.Collect(maps.Keys(h.users))
}

// Stats returns the numbers of this moment.
func (h *Hub) Stats() Stats {
	h.mu.RLock()
	defer h.mu.RUnlock()
	s := h.stats()
	s.Published, s.Read, s.Stored = h.published.Load(), h.read.Load(), h.Stored()
	s.Timings = h.opt.Timings.Snapshot()
	if err := h.trouble.Load(); err != nil {
		s.Trouble = *err
	}
	return s
}

// stats are the numbers of the logs. The lock is held.
func (g *logs) stats() Stats {
	s := Stats{
		Streams: g.streams, Users: len(g.users), Channels: map[string]int{}, Encoded: maps.Clone(g.encoded),
		Feeds: len(g.feeds), Topics: len(g.store.topics), Events: g.store.order.Len(), Bytes: g.store.bytes,
		Frames: g.frames.size(), Gaps: g.gaps.Load(),
	}
	if g.started {
		s.Head = ID{g.epoch, g.head}
	}
	for t, l := range g.store.topics {
		if t.Channel != "" && l.readers > 0 {
			s.Channels[t.Channel] = l.readers
		}
	}
	for f := range g.formats {
		s.Encoded[f.name] += f.Encoded()
	}
	return s
}
