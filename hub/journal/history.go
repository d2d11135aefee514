package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"latido/hub"
)

const (
	// One page is one request to the engine, which answers it in one go
	// through the same queue as its acknowledgements: publishers wait for the
	// length of a page.
	pageEvents = 256
	pageBytes  = 1 << 20

	// MaxHistoryBytes bounds what one History call holds in memory: it answers
	// fewer events than asked for once their data has this many bytes.
	MaxHistoryBytes = 16 << 20
)

// directGet asks for a batch of stored messages (ADR-31).
type directGet struct {
	Seq      uint64 `json:"seq"`
	Subject  string `json:"next_by_subj"`
	Batch    int    `json:"batch"`
	MaxBytes int    `json:"max_bytes"`
}

// History reads stored events of a channel; see hub.Journal. At most
// MaxHistoryBytes and one event come at once: ask again after the last one.
// No channel, or a limit below one, has no events.
func (j *Journal) History(ctx context.Context, channel string, after uint64, limit int) ([]*hub.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, j.failure(ctx, "read history", err)
	}
	if channel == "" || after == math.MaxUint64 {
		// The token of no channel matches what was sent to users only, and the
		// sequence above the last there can be is 0, which reads all.
		return nil, nil
	}
	e, err := j.engine()
	if err != nil {
		return nil, j.failure(ctx, "read history", err)
	}
	var events []*hub.Event
	for size := 0; len(events) < limit && size < MaxHistoryBytes; {
		page, err := e.page(ctx, channel, after, min(limit-len(events), pageEvents))
		if err != nil {
			return nil, j.failure(ctx, "read history", err)
		}
		if len(page) == 0 {
			break
		}
		for _, stored := range page {
			size += len(stored.Data)
		}
		events = append(events, page...)
		after = page[len(page)-1].ID.Seq
	}
	return events, nil
}

// page reads one batch; an empty one is the end.
func (e *engine) page(ctx context.Context, channel string, after uint64, n int) ([]*hub.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeout)
	defer cancel()
	request, err := json.Marshal(directGet{after + 1, subjectOfChannel(channel), n, pageBytes})
	if err != nil {
		return nil, err
	}
	conn := e.history.conn
	inbox, err := conn.SubscribeSync(conn.NewInbox())
	if err != nil {
		return nil, err
	}
	// A connection that is closed under us has no subscription left to end.
	defer func() { _ = inbox.Unsubscribe() }()
	if err := conn.PublishRequest("$JS.API.DIRECT.GET."+streamName, inbox.Subject, request); err != nil {
		return nil, err
	}
	var events []*hub.Event
	for {
		msg, err := inbox.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
			stored, err := e.stored(msg)
			if err != nil {
				return nil, err
			}
			events = append(events, stored)
		case "204", "404": // end of batch, nothing found
			return events, nil
		default:
			return nil, fmt.Errorf("the engine answers %s %s", status, msg.Header.Get("Description"))
		}
	}
}

// stored reads an event out of a direct get's answer.
func (e *engine) stored(msg *nats.Msg) (*hub.Event, error) {
	seq, err := strconv.ParseUint(msg.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("sequence of a stored event: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, msg.Header.Get("Nats-Time-Stamp"))
	if err != nil {
		return nil, fmt.Errorf("time of a stored event: %w", err)
	}
	return e.event(msg.Header.Get("Nats-Subject"), seq, at, msg.Data)
}
