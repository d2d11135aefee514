package limits

import (
	"fmt"
	"sync"

	"latido/hub"
)

// Kind is a bound of a Quota.
type Kind string

// The bounds of a Quota.
const (
	Channels    Kind = "channels"     // number of channels, of all senders
	OwnChannels Kind = "own_channels" // number of channels, of one sender
	Bytes       Kind = "bytes"        // stored bytes, of one channel or user
)

// QuotaError says which bound an event would exceed.
type QuotaError struct {
	Kind  Kind
	Limit int64 // channels, or bytes
}

func (e *QuotaError) Error() string {
	return fmt.Sprintf("quota of %s: %d are allowed", e.Kind, e.Limit)
}

// Bounds configure a Quota; all are positive.
type Bounds struct {
	Channels    int   // channels with stored events
	OwnChannels int   // channels with stored events that one sender was the first to send to
	Bytes       int64 // bytes of stored data, of each channel and of each user
}

// Quota counts stored events by channel and by user. Observe is called with all events that
// the journal stores, and Admit with those that this process is about to store. So concurrent
// requests to one process cannot exceed a bound. Several nodes together can, by what
// they admit before they learn of each other's events. NewQuota makes a Quota; all methods
// may be called concurrently.
type Quota struct {
	bounds Bounds
	exempt map[string]bool

	mu       sync.Mutex
	epoch    string
	first    uint64 // oldest stored sequence, as far as is known
	swept    uint64 // value of first at the last sweep
	channels map[string]*usage
	users    map[int64]*usage
	owners   map[string]*owner
}

// owner is a sender that was the first to send to some channels.
type owner struct {
	name     string
	channels int
}

// NewQuota makes an empty Quota. Exempt channels are not counted and not refused.
func NewQuota(b Bounds, exempt ...string) *Quota {
	q := &Quota{bounds: b, exempt: map[string]bool{}, channels: map[string]*usage{}, users: map[int64]*usage{}, owners: map[string]*owner{}}
	for _, name := range exempt {
		q.exempt[name] = true
	}
	return q
}

// Observe counts a stored event. It is for Hub.Observe and does not block.
func (q *Quota) Observe(e *hub.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.epoch != "" && q.epoch != e.ID.Epoch {
		q.forget()
	}
	q.epoch = e.ID.Epoch
	if e.Channel != "" && !q.exempt[e.Channel] {
		p := q.channels[e.Channel]
		if p == nil && q.room() {
			p = &usage{}
			q.channels[e.Channel] = p
		}
		if p != nil { // nil when there are too many channels: Admit refuses another one too
			p.add(e.ID.Seq, int64(len(e.Data)), q.bounds.Bytes)
		}
	}
	if e.User != 0 {
		q.user(e.User).add(e.ID.Seq, int64(len(e.Data)), q.bounds.Bytes)
	}
}

// forget starts counting again after the journal was replaced; pending events stay.
func (q *Quota) forget() {
	q.first, q.swept = 0, 0
	for name, p := range q.channels {
		if p.last, p.slots = 0, nil; p.pending == 0 {
			q.drop(name, p)
		}
	}
	for id, p := range q.users {
		if p.last, p.slots = 0, nil; p.pending == 0 {
			delete(q.users, id)
		}
	}
}

// Admission is a reservation for one event that is on its way to the journal.
type Admission struct {
	quota *Quota
	topic hub.Topic
	usage *usage // nil for an exempt channel
	size  int64
}

// Admit reserves room for an event of size bytes that a sender publishes to a topic;
// stored are the bounds of the journal. End must be called. Errors are *QuotaErrors.
func (q *Quota) Admit(t hub.Topic, sender string, size int, stored hub.Bounds) (Admission, error) {
	a := Admission{q, t, nil, int64(size)}
	if t.User == 0 && q.exempt[t.Channel] {
		return a, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if stored.Epoch == q.epoch {
		q.first = max(q.first, stored.First)
	}
	if t.User != 0 {
		a.usage = q.user(t.User)
	} else {
		var err error
		if a.usage, err = q.channel(t.Channel, sender); err != nil {
			return a, err
		}
	}
	if a.usage.bytes(q.first)+a.usage.pendingBytes+a.size > q.bounds.Bytes {
		q.tidy(t, a.usage)
		return a, &QuotaError{Bytes, q.bounds.Bytes}
	}
	a.usage.pending++
	a.usage.pendingBytes += a.size
	return a, nil
}

// End ends the reservation: the event is stored with the sequence seq, and Observe will be
// called with it; or, with 0, it was not stored.
func (a Admission) End(seq uint64) {
	if a.usage == nil {
		return
	}
	a.quota.mu.Lock()
	defer a.quota.mu.Unlock()
	a.usage.pending--
	a.usage.pendingBytes -= a.size
	a.usage.last = max(a.usage.last, seq)
	a.quota.tidy(a.topic, a.usage)
}

// channel returns the usage of a channel, and adds one that is new if the bounds allow it.
func (q *Quota) channel(name, sender string) (*usage, error) {
	if p := q.channels[name]; p != nil {
		if !p.gone(q.first) {
			return p, nil
		}
		q.drop(name, p)
	}
	o := q.owners[sender]
	if o != nil && o.channels >= q.bounds.OwnChannels {
		q.sweep()
		if o.channels >= q.bounds.OwnChannels {
			return nil, &QuotaError{OwnChannels, int64(q.bounds.OwnChannels)}
		}
	}
	if !q.room() {
		return nil, &QuotaError{Channels, int64(q.bounds.Channels)}
	}
	if o = q.owners[sender]; o == nil { // sweeping may have dropped it
		o = &owner{name: sender}
		q.owners[sender] = o
	}
	o.channels++
	p := &usage{owner: o}
	q.channels[name] = p
	return p, nil
}

// user returns the usage of a user. There are as many as channels are allowed; beyond that
// another user's is dropped and starts again at zero.
func (q *Quota) user(id int64) *usage {
	p := q.users[id]
	if p != nil {
		return p
	}
	if len(q.users) >= q.bounds.Channels {
		for other, old := range q.users {
			if old.pending == 0 {
				delete(q.users, other)
				break
			}
		}
	}
	p = &usage{}
	q.users[id] = p
	return p
}

// room reports whether one more channel may be counted.
func (q *Quota) room() bool {
	if len(q.channels) >= q.bounds.Channels {
		q.sweep()
	}
	return len(q.channels) < q.bounds.Channels
}

// sweep drops the channels of which nothing is stored any more. It does so once for each
// value of first.
func (q *Quota) sweep() {
	if q.swept == q.first {
		return
	}
	q.swept = q.first
	for name, p := range q.channels {
		if p.gone(q.first) {
			q.drop(name, p)
		}
	}
}

// tidy drops a usage that counts nothing.
func (q *Quota) tidy(t hub.Topic, p *usage) {
	if p.pending > 0 || p.last > 0 {
		return
	}
	if t.User == 0 && q.channels[t.Channel] == p {
		q.drop(t.Channel, p)
	} else if q.users[t.User] == p {
		delete(q.users, t.User)
	}
}

func (q *Quota) drop(name string, p *usage) {
	delete(q.channels, name)
	if o := p.owner; o != nil {
		if o.channels--; o.channels == 0 {
			delete(q.owners, o.name)
		}
	}
}
