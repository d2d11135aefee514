package conflate

import (
	"time"

	"latido/hub"
)

// These bound what a Conflater holds, about 3 MiB in all: keys of which a value has
// come or was sent within their interval, and what their values cost in bytes.
const (
	maxKeys         = 1024
	maxKeyLen       = 256
	maxPendingBytes = 2 << 20
)

// pending are the keys of a Conflater, and their values that are not sent yet.
type pending struct {
	keys       map[string]*entry
	n          int          // entries with a value
	bytes      int          // sum of the entries' sizes
	due        time.Time    // no pending value may be sent before it
	ready      []*hub.Event // to be sent at the end of this Read
	superseded uint64       // values left out in this Read
}

// entry is the state of a key, kept until Every has passed since its last value came
// or was sent.
type entry struct {
	value *hub.Event // the newest, not sent yet; nil for none
	every time.Duration
	next  time.Time // when the next value may be sent
	until time.Time // when the entry may be forgotten
	size  int       // of its largest value, see Conflater.resent
}

func newPending() pending { return pending{keys: map[string]*entry{}} }

// add holds the newest value of a key.
func (h *pending) add(e *hub.Event, c Class, now time.Time) {
	one := h.keys[c.Key]
	if one == nil {
		if len(h.keys) >= maxKeys {
			h.sweep(now)
		}
		if len(h.keys) >= maxKeys {
			h.flush()
		}
		one = &entry{next: now}
		h.keys[c.Key] = one
	}
	if one.value != nil {
		h.superseded++
	} else if h.n++; h.n == 1 || one.next.Before(h.due) {
		h.due = one.next
	}
	one.value, one.every, one.until = e, c.Every, now.Add(c.Every)
	if size := e.Size(); size > one.size {
		h.bytes += size - one.size
		one.size = size
	}
	if h.bytes > maxPendingBytes {
		h.flush()
	}
}

// supersede drops the pending value of a key, because something newer is sent.
func (h *pending) supersede(key string) {
	if one := h.keys[key]; one != nil && one.value != nil {
		one.value = nil
		h.n--
		h.superseded++
	}
}

// release makes the values ready whose time has come.
func (h *pending) release(now time.Time) {
	if h.n == 0 || now.Before(h.due) {
		return
	}
	h.due = time.Time{}
	for _, one := range h.keys {
		switch {
		case one.value == nil:
		case now.Before(one.next):
			if h.due.IsZero() || one.next.Before(h.due) {
				h.due = one.next
			}
		default:
			h.ready = append(h.ready, one.value)
			one.value, one.next = nil, now.Add(one.every)
			one.until = one.next
			h.n--
		}
	}
	h.sweep(now)
}

// sweep forgets the keys whose interval has passed.
func (h *pending) sweep(now time.Time) {
	for key, one := range h.keys {
		if one.value == nil && !now.Before(one.until) {
			h.bytes -= one.size
			delete(h.keys, key)
		}
	}
}

// flush makes every pending value ready ahead of its time and forgets all keys, which
// bounds memory without losing a value.
func (h *pending) flush() {
	for _, one := range h.keys {
		if one.value != nil {
			h.ready = append(h.ready, one.value)
		}
	}
	clear(h.keys)
	h.n, h.bytes = 0, 0
}

// oldest returns the lowest sequence of a pending value, 0 when none is pending.
func (h *pending) oldest() (seq uint64) {
	if h.n == 0 {
		return 0
	}
	for _, one := range h.keys {
		if one.value != nil && (seq == 0 || one.value.ID.Seq < seq) {
			seq = one.value.ID.Seq
		}
	}
	return seq
}
