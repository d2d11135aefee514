package hub

import (
	"cmp"
	"log/slog"
	"math"
	"time"
)

// Fragment is something drawn for one audience: HTML for the viewers of a card.
type Fragment struct {
	Audience string // names the topic; see Fragments.Topic
	Data     []byte // not changed afterwards
}

// Fragments carries what this process draws to the pages that show it. It is like a
// Hub, with the same cursors, feeds and bounds, but without a journal: its order
// is its own, begins with the process, and is gone with it. Its ids have the
// name of the run as their epoch. All methods may be called concurrently.
type Fragments struct {
	logs
}

// NewFragments makes a log of fragments for one run of the process, whose name
// must satisfy ValidEpoch and differ from those of earlier runs. Subscribing is
// possible at once.
func NewFragments(run string, l Retention, log *slog.Logger) *Fragments {
	f := &Fragments{logs: newLogs(l, math.MaxInt32, cmp.Or(log, slog.New(slog.DiscardHandler)))}
	f.epoch, f.started = run, true
	return f
}

// Topic is what the watchers of an audience subscribe to.
func (f *Fragments) Topic(audience string) Topic { return Topic{Channel: audience} }

// Append adds fragments in order and wakes their watchers once. It returns the
// position behind them.
func (f *Fragments) Append(all ...Fragment) ID {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range all {
		f.head++
		f.store.append(&Event{ID: ID{f.epoch, f.head}, Channel: one.Audience, Data: one.Data, Time: now})
	}
	for _, one := range all {
		if l := f.store.topics[f.Topic(one.Audience)]; l != nil {
			l.wakeAll()
		}
	}
	return ID{f.epoch, f.head}
}

// Subscribe opens a cursor; see Hub.Subscribe. A position of another run, or one
// that is not kept any more, begins with a gap. Errors: none so far.
func (f *Fragments) Subscribe(r Request) (*Cursor, error) { return f.open(r, nil, false) }

// Begin starts the log of an audience again: a subscriber at an earlier position gets a
// gap. It keeps a log for the audience until End.
func (f *Fragments) Begin(audience string) { f.restart(audience, true) }

// End ends the log of an audience: a subscriber at an earlier position gets a gap.
func (f *Fragments) End(audience string) { f.restart(audience, false) }

// restart drops what an audience has been sent.
func (f *Fragments) restart(audience string, pinned bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.Topic(audience)
	l := f.store.topic(t)
	for len(l.events) > 0 {
		f.store.release(l.dropOldest())
	}
	f.head++ // a position of before is one that has missed something
	l.floor, l.pinned = f.head, pinned
	f.store.tidy(t, l)
	l.wakeAll()
}

// Watched reports whether anybody watches an audience.
func (f *Fragments) Watched(audience string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	l := f.store.topics[f.Topic(audience)]
	return l != nil && l.readers > 0
}

// Stats returns the numbers of this moment, without those of a journal.
func (f *Fragments) Stats() Stats {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.stats()
}
