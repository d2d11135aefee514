package access

import (
	"slices"
	"sync"
	"time"
)

// Lease is the permission of a stream to go on. It ends when the records that its
// principal depends on expire, change or are removed, on whatever node.
type Lease struct {
	d            *Directory
	dependencies []dependency

	mu    sync.Mutex
	over  bool
	end   func()
	timer *time.Timer // nil without an expiry
}

// Lease returns a lease for a principal; Release must be called. A nil Lease, which
// never ends, is returned for a principal that depends on nothing and does not expire.
func (d *Directory) Lease(p *Principal) *Lease {
	if len(p.dependencies) == 0 && p.Until.IsZero() {
		return nil
	}
	l := &Lease{d: d, dependencies: p.dependencies}
	d.mu.Lock()
	d.leases[l] = struct{}{}
	valid := d.validLocked(p.dependencies)
	d.mu.Unlock()
	if !valid { // revoked since the request was identified
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

// Begin sets the function that ends the stream. It is called at most once, and at once
// if the lease has ended already.
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

// Release gives the lease back; afterwards it ends nothing.
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

// finish ends the lease.
func (l *Lease) finish() {
	l.mu.Lock()
	end := l.end
	l.over, l.end = true, nil
	l.mu.Unlock()
	if end != nil {
		end()
	}
}

// endLeases ends the leases that depend on a record.
func (d *Directory) endLeases(name string) {
	var over []*Lease
	d.mu.RLock()
	for l := range d.leases {
		if slices.ContainsFunc(l.dependencies, func(c dependency) bool { return c.Name == name }) {
			over = append(over, l)
		}
	}
	d.mu.RUnlock()
	for _, l := range over {
		l.finish()
	}
}

// validLocked reports whether no record has expired, changed or been removed since it was
// read.
func (d *Directory) validLocked(all []dependency) bool {
	return !slices.ContainsFunc(all, func(c dependency) bool {
		t, key := d.tableOf(c.Name)
		return t == nil || t.revision(key) != c.Revision
	})
}
