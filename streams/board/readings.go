package board

import (
	"sync"
	"sync/atomic"
	"time"

	"latido/streams/card"
)

// readingsAge is how old readings may be: many pages are composed at different
// moments and share them.
const readingsAge = time.Second

// readings shares what Options.Read returns.
type readings struct {
	read func() *card.Readings
	last atomic.Pointer[card.Readings]

	mu    sync.Mutex // held while reading
	taken time.Time
}

// fresh returns readings that are at most readingsAge old.
func (r *readings) fresh() *card.Readings {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); r.last.Load() == nil || now.Sub(r.taken) >= readingsAge {
		r.last.Store(r.read())
		r.taken = now
	}
	return r.last.Load()
}

// latest returns the readings that were taken last; empty ones before the first.
func (r *readings) latest() *card.Readings {
	if last := r.last.Load(); last != nil {
		return last
	}
	return &card.Readings{}
}
