package hub

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// backlogPage is how many events of a topic are read from the journal at once.
	backlogPage = 128

	// maxBacklogs bounds the cursors that read back at the same time, and so the
	// pages held for them; others wait for their turn.
	maxBacklogs = 8
)

// backlog is the part of a replay that memory does not keep: the cursor reads it
// from the journal, page by page, before it goes on with the logs. A cursor that
// reads back waits for the journal; nothing else waits for it.
type backlog struct {
	hub    *Hub
	topics []Topic
	pages  [][]*Event // by topic: read, and not passed yet
}

// findBacklog returns what a request has to read back, nil for nothing, and
// whether that would be more than it may. Where the journal has not kept all of
// it either, the logs' floor says so.
func (h *Hub) findBacklog(ctx context.Context, r Request) (back *backlog, tooMuch bool, err error) {
	if r.After.IsZero() || r.SkipToHead {
		return nil, false, nil
	}
	h.mu.RLock()
	known := h.started && r.After.Epoch == h.epoch && r.After.Seq+r.Back <= h.head
	var floor uint64
	for _, t := range r.Topics {
		floor = max(floor, h.store.floor(t))
	}
	h.mu.RUnlock()
	if !known || r.After.Seq >= floor {
		return nil, false, nil
	}
	topics := slices.Clone(r.Topics)
	slices.SortFunc(topics, Topic.compare)
	topics = slices.Compact(topics)
	n := 0
	for _, t := range topics {
		pending, err := h.journal.Pending(ctx, t, r.After.Seq)
		if err != nil {
			return nil, false, fmt.Errorf("count what a subscriber has missed: %w", err)
		}
		n += pending
	}
	// Asked for last: what was dropped while we counted shows here.
	b, err := h.journal.Bounds(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("see what is kept for a subscriber: %w", err)
	}
	for _, t := range topics {
		if b.Epoch != r.After.Epoch || r.After.Seq < b.Oldest(t) {
			return nil, false, nil
		}
	}
	if n > r.MaxReplay {
		return nil, true, nil
	}
	return &backlog{h, topics, make([][]*Event, len(topics))}, false, nil
}

// Backlog reports whether the cursor must read back with ReadBack before Due has
// anything for it.
func (c *Cursor) Backlog() bool { return c.back != nil }

// ReadBack fills b with the next of what the journal keeps behind the cursor,
// which Pass then moves, and waits for the journal meanwhile. It may return
// nothing at all; after the last page Backlog is false, and the cursor goes on in
// the logs. Errors wrap ErrJournal, or are ctx's.
func (c *Cursor) ReadBack(ctx context.Context, b *Batch) error {
	if err := c.EventsBack(ctx, b); err != nil {
		return err
	}
	b.encode(c.feed)
	return nil
}

// EventsBack is ReadBack without frames: what was read is in b.Events.
func (c *Cursor) EventsBack(ctx context.Context, b *Batch) error {
	h := c.back.hub
	began := time.Now()
	defer func() { h.opt.Timings.Replay.Observe(time.Since(began)) }()
	b.Reset() // no other cursor shares it
	select {
	case h.backlogs <- struct{}{}:
		defer func() { <-h.backlogs }()
	case <-ctx.Done():
		return ctx.Err()
	}
	h.mu.RLock()
	head, same, floor := ID{h.epoch, h.head}, c.generation == h.generation, c.feed.floor()
	h.mu.RUnlock()
	b.start, b.end = c.pos, c.pos
	// Half of what the logs keep must be left: to go on at their oldest event would be
	// to fall behind with the next one that is published.
	if !same || c.pos.Seq >= floor+(max(head.Seq, floor)-floor)/2 {
		c.back = nil // the logs go on from here, or report that another history has begun
		return nil
	}
	end := head.Seq // up to here nothing is left, unless a page says other
	for i, t := range c.back.topics {
		if len(c.back.pages[i]) == 0 {
			page, err := h.journal.History(ctx, t, c.pos.Seq, backlogPage)
			if err != nil {
				return fmt.Errorf("read back: %w", err)
			}
			c.back.pages[i] = page
		}
		if page := c.back.pages[i]; len(page) > 0 {
			end = min(end, page[len(page)-1].ID.Seq)
		}
	}
	bounds, err := h.journal.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if oldest, gone := c.back.overtaken(c.pos, bounds); gone {
		b.Gap = c.gap(c.pos, ID{c.pos.Epoch, oldest}, ReasonTooOld)
		b.start, b.end = b.Gap.To, b.Gap.To
		clear(c.back.pages)
		return nil
	}
	c.back.take(b, end)
	b.end.Seq = end
	return nil
}

// overtaken reports whether retention has dropped what comes next, and up to
// where.
func (l *backlog) overtaken(pos ID, b Bounds) (oldest uint64, gone bool) {
	if b.Epoch != pos.Epoch {
		return 0, false // the hub will see that itself
	}
	for _, t := range l.topics {
		oldest = max(oldest, b.Oldest(t))
	}
	return oldest, oldest > pos.Seq
}

// take moves the events up to a sequence out of the pages, in order and each
// once.
func (l *backlog) take(b *Batch, end uint64) {
	for {
		var oldest *Event
		for _, page := range l.pages {
			if len(page) > 0 && page[0].ID.Seq <= end && (oldest == nil || page[0].ID.Seq < oldest.ID.Seq) {
				oldest = page[0]
			}
		}
		if oldest == nil {
			return
		}
		for i, page := range l.pages {
			if len(page) > 0 && page[0].ID.Seq == oldest.ID.Seq {
				l.pages[i] = page[1:]
			}
		}
		b.Events = append(b.Events, oldest)
	}
}
