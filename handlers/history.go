package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"latido/hub"
	"latido/streams/event"
)

// The bounds of one page of history: events, and bytes of data after which no
// more are read. Events are read a few at a time, because each may be large.
const (
	historyLimit    = 100
	historyLimitMax = 1000
	historyBytes    = 8 << 20
	historyPart     = 16
)

type historyAnswer struct {
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
func (a *api) history(c *gin.Context) error {
	var ps problems
	channel := pathParam(c, "channel")
	ps.channel(channel, "path", "channel")
	limit := ps.limit(c)
	after, given := c.GetQuery("after")
	id, ok := hub.ParseID(after)
	if given && !ok {
		ps.add("event_id", "Input should be the id of an event", "query", "after")
	}
	if err := ps.err(); err != nil {
		return err
	}
	ctx := c.Request.Context()
	b, err := a.Hub.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	answer := historyAnswer{Channel: channel, Events: []historyEvent{}}
	id, answer.Gap = placeInHistory(id, b, hub.ChannelTopic(channel))
	events, more, err := a.readHistory(ctx, channel, id.Seq, limit)
	if err != nil {
		return err
	}
	if more {
		next := events[len(events)-1].ID.String()
		answer.Next = &next
	}
	for _, e := range events {
		answer.Events = append(answer.Events, historyEvent{e.ID.String(), e.Name, e.Data, e.Time.UTC()})
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}

// readHistory reads a page of at most limit events, or fewer when they are
// large, and tells whether more follow: one event more than asked for shows it.
func (a *api) readHistory(ctx context.Context, channel string, after uint64, limit int) (events []*hub.Event, more bool, err error) {
	for size := 0; size < historyBytes; {
		part, err := a.Hub.History(ctx, hub.ChannelTopic(channel), after, min(limit+1-len(events), historyPart))
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

// placeInHistory answers the position to read after, and what lies between it
// and the one that was asked for.
func placeInHistory(after hub.ID, b hub.Bounds, t hub.Topic) (hub.ID, *event.GapData) {
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
		// Samples have been dropped in the middle; what is left is told all the same.
		return after, &event.GapData{From: after.String(), To: whole.String(), Reason: hub.ReasonTooOld}
	}
	return after, nil
}

func (ps *problems) limit(c *gin.Context) int {
	text, given := c.GetQuery("limit")
	if !given {
		return historyLimit
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		ps.add("int_parsing", "Input should be a valid integer, unable to parse string as an integer", "query", "limit")
	case n < 1:
		ps.add("greater_than_equal", "Input should be greater than or equal to 1", "query", "limit")
	case n > historyLimitMax:
		ps.add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %d", historyLimitMax), "query", "limit")
	}
	return n
}
