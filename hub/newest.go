package hub

import (
	"context"
	"fmt"
	"slices"
	"sort"
)

// maxNewestBytes bounds what one call of Newest reads from the journal.
const maxNewestBytes = 8 << 20

// Newest returns the newest n events of a topic with sequences of at most upTo,
// oldest first: from memory, and what memory does not have from the journal, for
// which it waits. older reports whether the journal may have events before them;
// there are fewer than n then where they are large (8 MiB in all). Errors wrap
// ErrJournal, or are ctx's; what memory has is returned in any case.
func (h *Hub) Newest(ctx context.Context, t Topic, upTo uint64, n int) (events []*Event, older bool, err error) {
	events, floor := h.inMemory(t, upTo)
	if len(events) >= n {
		return events[len(events)-n:], len(events) > n || floor > 0, nil
	}
	b, err := h.journal.Bounds(ctx)
	if err != nil {
		return events, true, fmt.Errorf("ask what is stored of a topic: %w", err)
	}
	floor = min(floor, upTo)
	least := b.Oldest(t)
	// The first page is small, in case its events are large.
	for size, read, step := 0, 0, 16; floor > least && len(events) < n && size < maxNewestBytes; {
		var page []*Event
		if page, floor, err = h.before(ctx, t, least, floor, min(n-len(events), step)); err != nil {
			return events, true, fmt.Errorf("read what is stored of a topic: %w", err)
		}
		for _, e := range page {
			size += len(e.Data)
		}
		events = append(page, events...)
		read += len(page)
		step = min(2*step, backlogPage, max(maxNewestBytes-size, 0)/max(size/max(read, 1), 1)+1)
	}
	extra := max(len(events)-n, 0)
	return events[extra:], extra > 0 || floor > least, nil
}

// inMemory returns the events of a topic in memory, and up to which sequence there
// may be others.
func (h *Hub) inMemory(t Topic, upTo uint64) (events []*Event, floor uint64) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	l := h.store.topics[t]
	if l == nil {
		return nil, h.store.lowest(t)
	}
	// A reader that skipped leaves older events below the floor: what came between
	// them and the floor is missing, so they are not the newest.
	return slices.Clone(l.after(l.floor, max(l.floor, min(upTo, h.head)))), l.floor
}

// before returns stored events of a topic, oldest first: all with sequences above from
// and up to upTo. They are at least the newest n, unless from has reached least. The
// journal reads forwards, so from is searched by counting.
func (h *Hub) before(ctx context.Context, t Topic, least, upTo uint64, n int) (events []*Event, from uint64, err error) {
	skipped := sort.Search(int(upTo-least)-1, func(i int) bool {
		var above, beyond int
		if err == nil {
			above, err = h.journal.Pending(ctx, t, upTo-uint64(i)-1)
		}
		// Counted last: an event that is published meanwhile counts only here, so the
		// search goes too far back and never too little.
		if err == nil {
			beyond, err = h.journal.Pending(ctx, t, upTo)
		}
		return err != nil || above-beyond >= n
	})
	from = upTo - uint64(skipped) - 1
	for read := from; err == nil; {
		var page []*Event
		page, err = h.journal.History(ctx, t, read, n)
		for _, e := range page {
			if e.ID.Seq > upTo {
				return events, from, nil
			}
			events = append(events, e)
			read = e.ID.Seq
		}
		if len(page) == 0 {
			break
		}
	}
	return events, from, err
}
