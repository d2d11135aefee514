package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
)

// A page of history ends after its events or, once it has pageBytes of data, sooner.
// Events are read pagePart at a time, because each may be large.
const (
	defaultPageSize = 100
	maxPageSize     = 1000
	pageBytes       = 8 << 20
	pagePart        = 16
)

type historyPage struct {
	Channel string         `json:"channel"`
	Events  []historyEvent `json:"events"`
	Next    *string        `json:"next"` // the after of the next page; null at the end
	Gap     *event.GapData `json:"gap"`  // what is missing before the first event; null for nothing
}

type historyEvent struct {
	ID    string          `json:"id"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
	Time  time.Time       `json:"time"`
}

// history is GET /sse/history/{channel}: stored events, oldest first.
func (a *API) history(c *gin.Context) error {
	var ps web.Problems
	channel := web.PathParam(c, "channel")
	ps.Channel(channel, "path", "channel")
	size := pageSize(c, &ps)
	after, given := c.GetQuery("after")
	id, ok := hub.ParseID(after)
	if given && !ok {
		ps.Add("event_id", "Input should be the id of an event", "query", "after")
	}
	if err := ps.Err(); err != nil {
		return err
	}
	ctx := c.Request.Context()
	b, err := a.Hub.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	page := historyPage{Channel: channel, Events: []historyEvent{}}
	id, page.Gap = historyStart(id, b, hub.ChannelTopic(channel))
	events, more, err := a.readHistory(ctx, channel, id.Seq, size)
	if err != nil {
		return err
	}
	if more {
		next := events[len(events)-1].ID.String()
		page.Next = &next
	}
	for _, e := range events {
		page.Events = append(page.Events, historyEvent{e.ID.String(), e.Name, e.Data, e.Time.UTC()})
	}
	web.WriteJSON(c, http.StatusOK, page)
	return nil
}

// readHistory reads a page of at most limit events, fewer when they are large, and
// returns whether more follow: one event more than asked for shows it.
func (a *API) readHistory(ctx context.Context, channel string, after uint64, limit int) (events []*hub.Event, more bool, err error) {
	for size := 0; size < pageBytes; {
		part, err := a.Hub.History(ctx, hub.ChannelTopic(channel), after, min(limit+1-len(events), pagePart))
		if err != nil {
			return nil, false, fmt.Errorf("read history: %w", err)
		}
		if len(part) == 0 {
			return events, false, nil
		}
		events = append(events, part...)
		if len(events) > limit {
			return events[:limit], true, nil
		}
		for _, e := range part {
			size += len(e.Data)
		}
		after = events[len(events)-1].ID.Seq
	}
	return events, true, nil
}

// historyStart returns the position to read after, and what lies between it and the
// one that was asked for.
func historyStart(after hub.ID, b hub.Bounds, t hub.Topic) (hub.ID, *event.GapData) {
	oldest := hub.ID{Epoch: b.Epoch, Seq: b.First - 1}
	whole := hub.ID{Epoch: b.Epoch, Seq: b.Oldest(t)}
	switch {
	case after.IsZero():
		return oldest, nil
	case after.Epoch != b.Epoch || after.Seq > b.Last:
		return oldest, &event.GapData{From: after.String(), To: oldest.String(), Reason: hub.ReasonReset}
	case after.Seq < oldest.Seq:
		return oldest, &event.GapData{From: after.String(), To: whole.String(), Reason: hub.ReasonTooOld}
	case after.Seq < whole.Seq:
		// Samples have been dropped in the middle; what is left is sent all the same.
		return after, &event.GapData{From: after.String(), To: whole.String(), Reason: hub.ReasonTooOld}
	}
	return after, nil
}

// pageSize reads ?limit=.
func pageSize(c *gin.Context, ps *web.Problems) int {
	text, given := c.GetQuery("limit")
	if !given {
		return defaultPageSize
	}
	return int(ps.Int(text, 1, maxPageSize, "query", "limit"))
}
