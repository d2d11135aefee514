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

// History reads stored events of a topic; see hub.Journal. At most
// MaxHistoryBytes and one event come at once: ask again after the last one.
// No topic, or a limit below one, has no events.
func (j *Journal) History(ctx context.Context, t hub.Topic, after uint64, limit int) ([]*hub.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, j.failure(ctx, "read history", err)
	}
	subject := subjectOfTopic(t)
	if subject == "" || after == math.MaxUint64 {
		return nil, nil // the sequence above the last there can be is 0, which reads all
	}
	e, err := j.engine()
	if err != nil {
		return nil, j.failure(ctx, "read history", err)
	}
	if err := e.current(ctx); err != nil {
		return nil, j.failure(ctx, "read history", err)
	}
	var events []*hub.Event
	for size := 0; len(events) < limit && size < MaxHistoryBytes; {
		page, err := e.page(ctx, subject, after, min(limit-len(events), pageEvents))
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

// current returns once reading finds everything that is known to be stored.
func (e *engine) current(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
	defer cancel()
	return e.backend.current(ctx, e.history, e.seen.n.Load())
}

// page reads one batch; an empty one is the end.
func (e *engine) page(ctx context.Context, subject string, after uint64, n int) ([]*hub.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
	defer cancel()
	request, err := json.Marshal(directGet{after + 1, subject, n, pageBytes})
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
			if stored.ID.Seq > e.shown(stored.ID.Seq) {
				continue // nobody has been told of it yet, and a power cut may take it
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
	return event(*e.epoch.Load(), msg.Header.Get("Nats-Subject"), seq, at, msg.Data)
}

// Pending counts stored events of a topic; see hub.Journal.
func (j *Journal) Pending(ctx context.Context, t hub.Topic, after uint64) (int, error) {
	subject := subjectOfTopic(t)
	if subject == "" || after == math.MaxUint64 {
		return 0, nil
	}
	e, err := j.engine()
	if err != nil {
		return 0, j.failure(ctx, "count history", err)
	}
	if err := e.current(ctx); err != nil {
		return 0, j.failure(ctx, "count history", err)
	}
	limited, cancel := context.WithTimeout(ctx, j.cfg.readTimeout())
	defer cancel()
	n, err := e.pending(limited, subject, after)
	return n, j.failure(ctx, "count history", err)
}

// pending reads the next event, whose header says how many are behind it.
func (e *engine) pending(ctx context.Context, subject string, after uint64) (int, error) {
	request, err := json.Marshal(directGet{after + 1, subject, 1, pageBytes})
	if err != nil {
		return 0, err
	}
	msg, err := e.history.conn.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+streamName, request)
	if err != nil {
		return 0, err
	}
	switch status := msg.Header.Get("Status"); status {
	case "":
		behind, err := strconv.Atoi(msg.Header.Get("Nats-Num-Pending"))
		if err != nil {
			return 0, fmt.Errorf("read how many events follow: %w", err)
		}
		return behind + 1, nil
	case "204", "404":
		return 0, nil
	default:
		return 0, fmt.Errorf("the engine answers %s %s", status, msg.Header.Get("Description"))
	}
}

// Back answers from where on n events are stored that are no samples; see
// hub.Journal.
func (j *Journal) Back(ctx context.Context, n int) (uint64, error) {
	e, err := j.engine()
	if err != nil {
		return 0, j.failure(ctx, "look back", err)
	}
	from, err := e.back(ctx, n)
	return from, j.failure(ctx, "look back", err)
}

// back halves the sequences until it has found the place: the engine counts what
// lies behind a sequence, but does not read backwards.
func (e *engine) back(ctx context.Context, n int) (uint64, error) {
	b, err := e.bounds(ctx)
	if err != nil {
		return 0, err
	}
	low, high := b.First, b.Last+1 // enough lie behind low, if anywhere; fewer behind high
	for low+1 < high {
		mid := low + (high-low)/2
		limited, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
		behind, err := e.pending(limited, eventPrefix+">", mid-1)
		cancel()
		if err != nil {
			return 0, err
		}
		if behind >= n {
			low = mid
		} else {
			high = mid
		}
	}
	return low, nil
}
