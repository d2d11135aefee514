package hub

import (
	"cmp"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
)

// logs are the topic logs of one order of events, the feeds that read them, and
// the newest position. Hub fills them from its journal, Fragments by itself.
type logs struct {
	log       *slog.Logger
	maxReplay int
	frames    *frameCache
	gaps      atomic.Uint64

	mu         sync.RWMutex // guards all below
	store      *store
	epoch      string
	generation int32  // counts the times the logs were emptied
	head       uint64 // the newest sequence subscribers may see
	started    bool   // subscribing is possible
	feeds      map[feedKey]*Feed
	formats    map[*Format]int // open feeds of each
	encoded    map[string]uint64
	streams    int
	users      map[int64]int
}

func newLogs(l Retention, maxReplay int, log *slog.Logger) logs {
	l = l.withDefaults()
	return logs{
		log: log, maxReplay: maxReplay, frames: newFrameCache(l.FrameBytes), store: newStore(l),
		feeds: map[feedKey]*Feed{}, formats: map[*Format]int{}, encoded: map[string]uint64{}, users: map[int64]int{},
	}
}

// Head is the newest position subscribers may see; the zero ID before the logs
// can be read.
func (g *logs) Head() ID {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if !g.started {
		return ID{}
	}
	return ID{g.epoch, g.head}
}

// open makes a cursor. back is what it has to read from the journal first, nil
// for nothing; tooMuch says that this would be more than one replay may carry.
// Errors: ErrNotReady.
func (g *logs) open(r Request, back *backlog, tooMuch bool) (*Cursor, error) {
	r.MaxReplay = cmp.Or(r.MaxReplay, g.maxReplay)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.started {
		return nil, ErrNotReady
	}
	c := &Cursor{back: back, internal: r.Internal, view: view{
		feed: g.feed(r.Format, r.Topics), generation: g.generation,
		maxReplay: int32(min(r.MaxReplay, math.MaxInt32)), skipToHead: r.SkipToHead,
	}}
	c.feed.join(!c.internal)
	c.begin(r, tooMuch)
	return c, nil
}
