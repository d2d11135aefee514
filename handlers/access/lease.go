package access

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Lease is the time that a stream may go on for who opened it. It is over when
// what made the principal known is over, changed or revoked, on whatever node.
type Lease struct {
	d        *Directory
	carriers []carrier

	mu    sync.Mutex
	over  bool
	end   func()
	timer *time.Timer // nil without an end in time
}

// Lease answers one for a principal; Release must be called. It is nil, which is
// one without an end, where nothing can end it.
func (d *Directory) Lease(p *Principal) *Lease {
	if len(p.carriers) == 0 && p.Until.IsZero() {
		return nil
	}
	l := &Lease{d: d, carriers: p.carriers}
	d.mu.Lock()
	d.leases[l] = struct{}{}
	valid := !slices.ContainsFunc(p.carriers, func(c carrier) bool { return d.revisionLocked(c.name) != c.revision })
	d.mu.Unlock()
	if !valid { // it was revoked between the request and this
		l.finish()
		return l
	}
	if !p.Until.IsZero() {
		l.mu.Lock()
		l.timer = time.AfterFunc(time.Until(p.Until), l.finish)
		l.mu.Unlock()
	}
	return l
}

// Begin says what ends the stream; it is called once at most, and at once when the
// lease is over already.
func (l *Lease) Begin(end func()) {
	if l == nil {
		return
	}
	l.mu.Lock()
	over := l.over
	if !over {
		l.end = end
	}
	l.mu.Unlock()
	if over {
		end()
	}
}

// Release says that the stream has ended.
func (l *Lease) Release() {
	if l == nil {
		return
	}
	l.d.mu.Lock()
	delete(l.d.leases, l)
	l.d.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over, l.end = true, nil
	if l.timer != nil {
		l.timer.Stop()
	}
}

// finish ends it.
func (l *Lease) finish() {
	l.mu.Lock()
	end := l.end
	l.over, l.end = true, nil
	l.mu.Unlock()
	if end != nil {
		end()
	}
}

// endLeases ends those that stand on a record.
func (d *Directory) endLeases(name string) {
	var over []*Lease
	d.mu.RLock()
	for l := range d.leases {
		if slices.ContainsFunc(l.carriers, func(c carrier) bool { return c.name == name }) {
			over = append(over, l)
		}
	}
	d.mu.RUnlock()
	for _, l := range over {
		l.finish()
	}
}

// revisionLocked answers a record's revision, 0 when there is none.
func (d *Directory) revisionLocked(name string) uint64 {
	kind, key, _ := strings.Cut(name, ".")
	switch kind + "." {
	case personRecords:
		return d.people[key].live()
	case keyRecords:
		return d.keys[key].live()
	case sessionRecords:
		return d.sessions[key].live()
	case linkRecords:
		return d.links[key].live()
	}
	return 0
}

func (e entry[T]) live() uint64 {
	if e.value == nil {
		return 0
	}
	return e.revision
}
