package limits

// usage is what is counted of one channel or user. Guarded by Quota.mu.
type usage struct {
	owner        *owner // nil for no sender, and for users
	last         uint64 // newest sequence; 0 while nothing is known to be stored
	pending      int    // events on their way to the journal
	pendingBytes int64
	slots        []slot // oldest first
}

// slot counts the bytes of consecutive events.
type slot struct {
	first uint64
	bytes int64
}

// shares is how many slots the quota of bytes is counted in. Whole slots are dropped, so
// this is the precision of the count.
const shares = 16

// maxSlots bounds the slots of one usage. There can be more than shares where another node
// has a larger quota, or more was stored before.
const maxSlots = 2 * shares

// add counts an event that is stored.
func (u *usage) add(seq uint64, size, limit int64) {
	u.last = max(u.last, seq)
	if n := len(u.slots); n == 0 || u.slots[n-1].bytes+size > max(limit/shares, 1) {
		if n == maxSlots {
			u.slots[1].bytes += u.slots[0].bytes
			u.slots[1].first = u.slots[0].first
			u.slots = append(u.slots[:0], u.slots[1:]...)
		}
		u.slots = append(u.slots, slot{first: seq})
	}
	u.slots[len(u.slots)-1].bytes += size
}

// bytes returns how much is stored when first is the oldest sequence. A slot is dropped
// once the journal has dropped its first event.
func (u *usage) bytes(first uint64) (sum int64) {
	for len(u.slots) > 0 && u.slots[0].first < first {
		u.slots = u.slots[1:]
	}
	for _, s := range u.slots {
		sum += s.bytes
	}
	return sum
}

// gone reports whether nothing is stored any more, and nothing is pending.
func (u *usage) gone(first uint64) bool { return u.pending == 0 && u.last < first }
