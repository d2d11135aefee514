package epoll

import "time"

// tickLength is how exactly a shard keeps time.
const tickLength = 100 * time.Millisecond

// tick is a moment in steps of tickLength since the shard began.
type tick int64

// tickAfter is the first tick that is not before a moment.
func tickAfter(at time.Duration) tick { return tick((at + tickLength - 1) / tickLength) }

// wheel holds connections by when to look at them next: a ring of lists, one
// per tick. A connection is in one list at a time, and is not moved when it is
// written to: one that is looked at too early is put back. So a write costs
// nothing here.
type wheel struct {
	slots [wheelSlots]*connection
	now   tick // everything up to it has been looked at
}

// wheelSlots is a little more than the longest usual time in ticks; what is
// further off is looked at once in between.
const wheelSlots = 512

// put lets a connection be looked at in a tick of the future.
func (w *wheel) put(c *connection, at tick) {
	at = max(at, w.now+1)
	at = min(at, w.now+wheelSlots-1)
	slot := &w.slots[at%wheelSlots]
	c.next, *slot = *slot, c
}

// advance goes on to a tick and calls check with every connection on the way.
func (w *wheel) advance(to tick, check func(*connection)) {
	if to-w.now > wheelSlots { // it slept: once around is everything
		w.now = to - wheelSlots
	}
	for w.now < to {
		w.now++
		slot := &w.slots[w.now%wheelSlots]
		list := *slot
		*slot = nil
		for list != nil {
			c := list
			list, c.next = c.next, nil
			check(c)
		}
	}
}
