package hub

import "time"

// Limit says which events of a subscriber are values of something that goes on,
// and how often it wants to hear of it.
type Limit struct {
	// Key answers what an event tells of. It is called for every event that the
	// subscriber reads, in its goroutine.
	Key func(*Event) Key
}

// Key is what an event tells of.
type Key struct {
	// Name is at most 256 bytes; an event with a longer one, or "", is sent as it is.
	Name string
	// Value says that a newer one of the same name makes this one pointless, so it
	// may be left out. An event of the name that is none is sent as it is, and makes
	// the values before it pointless: the end of a task, for one.
	Value bool
	// Every is the least time between two values; 0 sends each.
	Every time.Duration
}

// What a limited subscriber keeps is bounded by this, about 3 MiB in all: keys that
// have been sent within their time, and what their values cost.
const (
	maxKeys      = 1024
	maxKeyLen    = 256
	maxHeldBytes = 2 << 20
)

// value is the state of a key, kept for Every after a value of it has come or has
// been sent. After that it means nothing, and goes.
type value struct {
	held  *Event // the newest, not sent yet; nil for none
	every time.Duration
	next  time.Time // the next one may be sent then
	until time.Time // it may go then
	size  int       // of the largest since it is here, see Limited.again
}

// values are what a Limited holds back.
type values struct {
	keys    map[string]*value
	holding int // those with something held
	bytes   int
	due     time.Time // before it nothing that is held may be sent
	ready   []*Event  // to be sent at the end of the turn
	left    uint64    // left out in this turn
}

// hold takes the newest value of a key.
func (v *values) hold(e *Event, k Key, now time.Time) {
	one := v.keys[k.Name]
	if one == nil {
		if len(v.keys) >= maxKeys {
			v.sweep(now)
		}
		if len(v.keys) >= maxKeys {
			v.flush()
		}
		one = &value{next: now}
		v.keys[k.Name] = one
	}
	if one.held != nil {
		v.left++
	} else if v.holding++; v.holding == 1 || one.next.Before(v.due) {
		v.due = one.next
	}
	one.held, one.every, one.until = e, k.Every, now.Add(k.Every)
	if size := e.size(); size > one.size {
		v.bytes += size - one.size
		one.size = size
	}
	if v.bytes > maxHeldBytes {
		v.flush()
	}
}

// outdo leaves out what is held of a key: something newer is sent.
func (v *values) outdo(name string) {
	if one := v.keys[name]; one != nil && one.held != nil {
		one.held = nil
		v.holding--
		v.left++
	}
}

// release makes ready whatever has waited for its time.
func (v *values) release(now time.Time) {
	if v.holding == 0 || now.Before(v.due) {
		return
	}
	v.due = time.Time{}
	for _, one := range v.keys {
		switch {
		case one.held == nil:
		case now.Before(one.next):
			if v.due.IsZero() || one.next.Before(v.due) {
				v.due = one.next
			}
		default:
			v.ready = append(v.ready, one.held)
			one.held, one.next = nil, now.Add(one.every)
			one.until = one.next
			v.holding--
		}
	}
	v.sweep(now)
}

// sweep forgets the keys whose time is over.
func (v *values) sweep(now time.Time) {
	for name, one := range v.keys {
		if one.held == nil && !now.Before(one.until) {
			v.bytes -= one.size
			delete(v.keys, name)
		}
	}
}

// flush makes everything ready before its time, and forgets all keys: memory is
// bounded, and nothing is lost for it.
func (v *values) flush() {
	for _, one := range v.keys {
		if one.held != nil {
			v.ready = append(v.ready, one.held)
		}
	}
	clear(v.keys)
	v.holding, v.bytes = 0, 0
}

// oldest is the lowest sequence that is held, 0 for none.
func (v *values) oldest() (seq uint64) {
	if v.holding == 0 {
		return 0
	}
	for _, one := range v.keys {
		if one.held != nil && (seq == 0 || one.held.ID.Seq < seq) {
			seq = one.held.ID.Seq
		}
	}
	return seq
}
