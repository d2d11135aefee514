package hub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Run reads the journal in order until ctx ends, and returns nil then, with
// every goroutine of the hub stopped. A journal that fails is asked again, with pauses
// that grow to two seconds; subscribers stay and get nothing meanwhile.
func (h *Hub) Run(ctx context.Context) error {
	defer h.reading.Store(false)
	ctx, stop := context.WithCancel(ctx)
	var surveying sync.WaitGroup
	surveying.Go(func() { h.survey(ctx) })
	defer surveying.Wait()
	defer stop()
	pause := retryMin
	for ctx.Err() == nil {
		before := h.read.Load()
		err := h.follow(ctx)
		h.reading.Store(false)
		if ctx.Err() != nil {
			return nil
		}
		h.log.Error("reading the journal failed, trying again", "error", err, "pause", pause)
		if h.read.Load() > before {
			pause = retryMin
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, retryMax)
	}
	return nil
}

// surveyEvery is how old Stats.Stored may be while the journal replies.
const surveyEvery = 2 * time.Second

// survey asks the journal now and then what it keeps and how it is, so that
// Stats need not wait for it.
func (h *Hub) survey(ctx context.Context) {
	every := time.NewTicker(surveyEvery)
	defer every.Stop()
	for {
		wait, cancel := context.WithTimeout(ctx, surveyEvery)
		if b, err := h.journal.Bounds(wait); err == nil {
			h.stored.Store(&b)
		}
		if err := h.Healthy(wait); err == nil {
			h.trouble.Store(nil)
		} else if ctx.Err() == nil && !errors.Is(err, ErrNotReady) {
			h.trouble.Store(&err)
		}
		cancel()
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// follow reads from the hub's head until something fails.
func (h *Hub) follow(ctx context.Context) error {
	b, err := h.journal.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("ask the journal for its bounds: %w", err)
	}
	warm, err := h.warm(ctx, b)
	if err != nil {
		return err
	}
	from := h.begin(b, warm)
	h.reading.Store(true)
	ctx, stop := context.WithCancel(ctx)
	// The target may expire between asking and reading, and would then never
	// come: whatever is gone from the journal counts as read.
	var catchingUp sync.WaitGroup
	catchingUp.Go(func() { h.catchUp(ctx, b) })
	err = h.journal.Follow(ctx, from, func(e *Event) error {
		if e.ID.Epoch != b.Epoch {
			return fmt.Errorf("an event of epoch %s came where %s was expected", e.ID.Epoch, b.Epoch)
		}
		lost, err := h.lost(ctx, e)
		if err != nil {
			return err
		}
		h.deliver(e, lost)
		return nil
	})
	stop()
	catchingUp.Wait()
	return fmt.Errorf("follow the journal from %d: %w", from, err)
}

// maxWarm bounds the events that are read back at start for one that is not ephemeral.
const maxWarm = 3

// warmBytes bounds what is read back at start, by what an event takes on average:
// events of kilobytes would make the start long, and memory keeps few of them.
const warmBytes = 16 << 20

// warm returns the sequence from which the journal is read back at start: far enough for the
// newest events that are not ephemeral, so that frequent ephemeral events do not push rare
// notifications out of memory, but not through any number of ephemeral events.
func (h *Hub) warm(ctx context.Context, b Bounds) (uint64, error) {
	n := h.opt.Warm
	if events := b.Last + 1 - b.First; events > 0 && b.Bytes > 0 {
		n = min(n, int(warmBytes/max(b.Bytes/events, 1)))
	}
	from, err := h.journal.Back(ctx, n)
	if err != nil {
		return 0, fmt.Errorf("ask the journal for its newest events: %w", err)
	}
	if most := uint64(n) * maxWarm; b.Last+1 > most {
		from = max(from, b.Last+1-most)
	}
	return max(from, b.First), nil
}

// begin prepares for reading and returns the sequence to read from. A journal
// of another epoch, or one that has lost its end, is another history: the logs
// are emptied, and every subscriber gets a gap when it reads next.
func (h *Hub) begin(b Bounds, from uint64) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.epoch == b.Epoch && h.head <= b.Last {
		return h.head + 1
	}
	if h.epoch != "" {
		h.log.Warn("the journal is another one now", "epoch_before", h.epoch, "epoch", b.Epoch)
	}
	h.epoch, h.head = b.Epoch, from-1
	h.generation++
	h.acked.Store(0) // it counted in the other order
	h.store.reset(from-1, b)
	for _, l := range h.store.topics {
		l.wakeAll()
	}
	return from
}

// catchUp marks the hub as started once it has read up to b.Last.
func (h *Hub) catchUp(ctx context.Context, b Bounds) {
	for {
		wait, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
		err := h.waitFor(wait, b.Last)
		cancel()
		if err == nil {
			h.start()
			return
		}
		if ctx.Err() != nil {
			return
		}
		if now, err := h.journal.Bounds(ctx); err == nil && now.First > b.Last {
			h.advance(b.Last)
		}
	}
}

func (h *Hub) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.started {
		h.started = true
		close(h.ready)
	}
}

// advance moves the head over sequences that no longer exist.
func (h *Hub) advance(seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if seq > h.head {
		h.head = seq
		h.wakeWaiters()
	}
}

// lost returns, when sequences jump to an event, up to which of them events of
// any topic may have been dropped before they came here; 0 for none. Above that
// there were ephemeral events past their age only, and begin has taken account of those.
func (h *Hub) lost(ctx context.Context, e *Event) (uint64, error) {
	h.mu.RLock()
	head := h.head
	h.mu.RUnlock()
	if e.ID.Seq <= head+1 {
		return 0, nil
	}
	b, err := h.journal.Bounds(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask why sequences jump: %w", err)
	}
	if b.First <= head+1 {
		return 0, nil
	}
	return min(b.First, e.ID.Seq) - 1, nil
}

// deliver appends one event to the logs and wakes its listeners. Events up
// to lost may have been dropped before it.
func (h *Hub) deliver(e *Event, lost uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.ID.Seq <= h.head {
		return // a journal that repeats itself does no harm
	}
	if lost > h.head {
		// Retention was quicker than this reader: what lay between is gone, and
		// nobody here knows which topics it belonged to.
		h.store.skip(lost)
		h.log.Warn("the journal dropped events before they were read", "after", h.head, "up_to", lost)
	}
	h.read.Add(1)
	if h.started {
		h.opt.Timings.Lag.Observe(time.Since(e.Time))
	}
	h.store.append(e)
	h.head = e.ID.Seq
	for _, f := range h.observers {
		f(e)
	}
	topics, n := e.topics()
	for _, t := range topics[:n] {
		if l := h.store.topics[t]; l != nil {
			l.wakeAll()
		}
	}
	h.wakeWaiters()
}

func (h *Hub) wakeWaiters() {
	for reached, seq := range h.waiters {
		if h.head >= seq {
			close(reached)
			delete(h.waiters, reached)
		}
	}
}
