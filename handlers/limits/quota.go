package limits

import (
	"fmt"
	"sync"

	"latido/hub"
)

// Kind is which limit of a Quota was met.
type Kind string

// The limits of a Quota.
const (
	Channels    Kind = "channels"     // of all
	OwnChannels Kind = "own_channels" // of one owner
	Bytes       Kind = "bytes"        // of one channel or user
)

// QuotaError says which limit an event would exceed.
type QuotaError struct {
	Kind  Kind
	Limit int64 // channels, or bytes
}

func (e *QuotaError) Error() string {
	return fmt.Sprintf("quota of %s: %d are allowed", e.Kind, e.Limit)
}

// Bounds are what a Quota allows; all are positive.
type Bounds struct {
	Channels    int   // with stored events, in all
	OwnChannels int   // of them, those that one owner sent to first
	Bytes       int64 // of stored data, of one channel and of one user
}

// Quota counts stored events by channel and by user. It hears of all that the
// journal stores by Observe, and of what this process is about to store by Admit,
// so that no number of requests at once gets past a limit here. Several nodes can
// exceed a limit together by what they admit in the moment before they hear of each
// other. NewQuota makes it; all methods may be called concurrently.
type Quota struct {
	bounds Bounds
	exempt map[string]bool

	mu       sync.Mutex
	epoch    string
	first    uint64 // oldest sequence that is stored, as far as is known
	swept    uint64 // first when nothing was left to sweep
	channels map[string]*place
	users    map[int64]*place
	owners   map[string]*owner
}

// owner is who has sent to some channels first.
type owner struct {
	name     string
	channels int
}

// NewQuota makes a quota that counts nothing yet. Channels that are exempt are
// never counted and never refused.
func NewQuota(b Bounds, exempt ...string) *Quota {
	q := &Quota{bounds: b, exempt: map[string]bool{}, channels: map[string]*place{}, users: map[int64]*place{}, owners: map[string]*owner{}}
	for _, name := range exempt {
		q.exempt[name] = true
	}
	return q
}

// Observe counts an event that is stored. It is for Hub.Observe: it does not wait.
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
			p = &place{}
			q.channels[e.Channel] = p
		}
		if p != nil { // or there are as many as may be, and no more are let in
			p.add(e.ID.Seq, int64(len(e.Data)), q.bounds.Bytes)
		}
	}
	if e.User != 0 {
		q.user(e.User).add(e.ID.Seq, int64(len(e.Data)), q.bounds.Bytes)
	}
}

// forget begins anew with a journal that is another one; what is on its way stays.
func (q *Quota) forget() {
	q.first, q.swept = 0, 0
	for name, p := range q.channels {
		if p.last, p.slots = 0, nil; p.waiting == 0 {
			q.drop(name, p)
		}
	}
	for id, p := range q.users {
		if p.last, p.slots = 0, nil; p.waiting == 0 {
			delete(q.users, id)
		}
	}
}

// Admission is room for one event that is on its way to the journal.
type Admission struct {
	quota *Quota
	topic hub.Topic
	place *place // nil where nothing is counted
	size  int64
}

// Admit keeps room for an event of size bytes to a topic, which an owner sends;
// stored is what the journal keeps. End must be called. Errors are *QuotaErrors.
func (q *Quota) Admit(t hub.Topic, ownerName string, size int, stored hub.Bounds) (Admission, error) {
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
		a.place = q.user(t.User)
	} else {
		var err error
		if a.place, err = q.channel(t.Channel, ownerName); err != nil {
			return a, err
		}
	}
	if a.place.bytes(q.first)+a.place.coming+a.size > q.bounds.Bytes {
		q.tidy(t, a.place)
		return a, &QuotaError{Bytes, q.bounds.Bytes}
	}
	a.place.waiting++
	a.place.coming += a.size
	return a, nil
}

// End gives the room back: the event is stored at seq, and Observe tells of it
// soon; or it is not, with 0.
func (a Admission) End(seq uint64) {
	if a.place == nil {
		return
	}
	a.quota.mu.Lock()
	defer a.quota.mu.Unlock()
	a.place.waiting--
	a.place.coming -= a.size
	a.place.last = max(a.place.last, seq)
	a.quota.tidy(a.topic, a.place)
}

// channel answers the place of a channel, and makes one that is new if it may.
func (q *Quota) channel(name, ownerName string) (*place, error) {
	if p := q.channels[name]; p != nil {
		if !p.gone(q.first) {
			return p, nil
		}
		q.drop(name, p)
	}
	o := q.owners[ownerName]
	if o != nil && o.channels >= q.bounds.OwnChannels {
		q.sweep()
		if o.channels >= q.bounds.OwnChannels {
			return nil, &QuotaError{OwnChannels, int64(q.bounds.OwnChannels)}
		}
	}
	if !q.room() {
		return nil, &QuotaError{Channels, int64(q.bounds.Channels)}
	}
	if o = q.owners[ownerName]; o == nil { // sweeping may have dropped it
		o = &owner{name: ownerName}
		q.owners[ownerName] = o
	}
	o.channels++
	p := &place{owner: o}
	q.channels[name] = p
	return p, nil
}

// user answers the place of a user. Of more users than may be channels some are
// counted anew.
func (q *Quota) user(id int64) *place {
	p := q.users[id]
	if p != nil {
		return p
	}
	if len(q.users) >= q.bounds.Channels {
		for other, old := range q.users {
			if old.waiting == 0 {
				delete(q.users, other)
				break
			}
		}
	}
	p = &place{}
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

// sweep drops the channels of which nothing is stored any more, at most once for
// each time that the journal has dropped something.
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

// tidy drops a place that holds nothing.
func (q *Quota) tidy(t hub.Topic, p *place) {
	if p.waiting > 0 || p.last > 0 {
		return
	}
	if t.User == 0 && q.channels[t.Channel] == p {
		q.drop(t.Channel, p)
	} else if q.users[t.User] == p {
		delete(q.users, t.User)
	}
}

func (q *Quota) drop(name string, p *place) {
	delete(q.channels, name)
	if o := p.owner; o != nil {
		if o.channels--; o.channels == 0 {
			delete(q.owners, o.name)
		}
	}
}
