package limits

// place is what is counted of one channel or user. Guarded by Quota.mu.
type place struct {
	owner   *owner // nil for nobody, and of users
	last    uint64 // newest sequence; 0 while nothing is known to be stored
	waiting int    // events on their way
	coming  int64  // bytes of them
	slots   []slot // oldest first
}

// slot is the bytes of some events after one another.
type slot struct {
	first uint64
	bytes int64
}

// shares is how many slots a limit of bytes is counted in: whole ones are
// forgotten, so this is how exact the count is.
const shares = 16

// maxSlots bounds the slots of one place. There can be more than the shares where
// another node allows more, or more was stored before.
const maxSlots = 2 * shares

// add counts an event that is stored.
func (p *place) add(seq uint64, size, limit int64) {
	p.last = max(p.last, seq)
	if n := len(p.slots); n == 0 || p.slots[n-1].bytes+size > max(limit/shares, 1) {
		if n == maxSlots {
			p.slots[1].bytes += p.slots[0].bytes
			p.slots[1].first = p.slots[0].first
			p.slots = append(p.slots[:0], p.slots[1:]...)
		}
		p.slots = append(p.slots, slot{first: seq})
	}
	p.slots[len(p.slots)-1].bytes += size
}

// bytes answers what is stored when the oldest sequence is first. A slot is
// forgotten once its first event has been dropped.
func (p *place) bytes(first uint64) (sum int64) {
	for len(p.slots) > 0 && p.slots[0].first < first {
		p.slots = p.slots[1:]
	}
	for _, s := range p.slots {
		sum += s.bytes
	}
	return sum
}

// gone reports whether nothing is stored any more, or on its way.
func (p *place) gone(first uint64) bool { return p.waiting == 0 && p.last < first }
