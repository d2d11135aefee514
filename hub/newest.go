package hub

import (
	"context"
	"fmt"
	"sort"
)

// maxNewestBytes bounds what one call of Newest reads from the journal.
const maxNewestBytes = 8 << 20

// Newest returns the newest n events of a topic with sequences of at most upTo,
// oldest first: from memory, and what memory does not keep from the journal, for
// which it waits. older reports whether the journal may have events before them;
// there are fewer than n then where they are large (8 MiB in all). Errors wrap
// ErrJournal, or are ctx's; what memory has is returned in any case.
func (h *Hub) Newest(ctx context.Context, t Topic, upTo uint64, n int) (events []*Event, older bool, err error) {
	kept, floor := h.keptOf(t, upTo)
	if len(kept) >= n {
		return kept[len(kept)-n:], len(kept) > n || floor > 0, nil
	}
	b, err := h.journal.Bounds(ctx)
	if err != nil {
		return kept, true, fmt.Errorf("see what is stored of a topic: %w", err)
	}
	floor = min(floor, upTo)
	least := b.Oldest(t)
	// The first page is small, in case its events are large.
	for size, read, step := 0, 0, 16; floor > least && len(kept) < n; {
		if size >= maxNewestBytes {
			return kept, true, nil
		}
		page, err := h.before(ctx, t, least, floor, min(n-len(kept), step))
		if err != nil {
			return kept, true, fmt.Errorf("read what is stored of a topic: %w", err)
		}
		if len(page) == 0 {
			return kept, false, nil
		}
		for _, e := range page {
			size += len(e.Data)
		}
		kept = append(page, kept...)
		floor = page[0].ID.Seq - 1
		read += len(page)
		step = min(2*step, backlogPage, max(maxNewestBytes-size, 0)/max(size/read, 1)+1)
	}
	return kept, floor > least, nil
}

// keptOf returns the events of a topic in memory, and up to which sequence there
// may be others.
func (h *Hub) keptOf(t Topic, upTo uint64) (events []*Event, floor uint64) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	l := h.store.topics[t]
	if l == nil {
		return nil, h.store.lowest(t)
	}
	// A reader that skipped leaves older events below the floor: what came between
	// them and the floor is missing, so they are not the newest.
	return append([]*Event(nil), l.after(l.floor, max(l.floor, min(upTo, h.head)))...), l.floor
}

// before returns the newest n stored events of a topic with sequences above least
// and up to upTo, oldest first. The journal only reads forwards, so their
// beginning is searched by counting.
func (h *Hub) before(ctx context.Context, t Topic, least, upTo uint64, n int) ([]*Event, error) {
	beyond, err := h.journal.Pending(ctx, t, upTo)
	if err != nil {
		return nil, err
	}
	begin := upTo - uint64(sort.Search(int(upTo-least), func(back int) bool {
		if err != nil {
			return true
		}
		var pending int
		pending, err = h.journal.Pending(ctx, t, upTo-uint64(back))
		return pending-beyond >= n
	}))
	if err != nil {
		return nil, err
	}
	var events []*Event
	for {
		page, err := h.journal.History(ctx, t, begin, n)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if e.ID.Seq > upTo {
				return events, nil
			}
			events = append(events, e)
		}
		if len(page) == 0 {
			return events, nil
		}
		begin = page[len(page)-1].ID.Seq
	}
}
