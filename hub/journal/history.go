package journal

import (
	"context"
	"math"

	"github.com/synadia-io/orbit.go/jetstreamext"

	"latido/hub"
	"latido/hub/journal/engine"
)

// MaxHistoryBytes bounds what one History call holds in memory: it returns fewer
// events than asked for once their data has this many bytes.
const MaxHistoryBytes = 16 << 20

// History reads stored events of a topic; see hub.Journal. At most
// MaxHistoryBytes and one event come at once: ask again after the last one.
// No topic, or a limit below one, has no events.
func (j *Journal) History(ctx context.Context, t hub.Topic, after uint64, limit int) (events []*hub.Event, err error) {
	subject := subjectOfTopic(t)
	if subject == "" || after == math.MaxUint64 {
		return nil, ctx.Err() // the sequence above the last there can be is 0, which reads all
	}
	err = j.use(ctx, "read history", func(s *session) error {
		if err := s.current(ctx); err != nil {
			return err
		}
		events, err = s.events(ctx, subject, after, limit)
		return err
	})
	return events, err
}

func (e *session) events(ctx context.Context, subject string, after uint64, limit int) (events []*hub.Event, err error) {
	for size := 0; len(events) < limit && size < MaxHistoryBytes; {
		page, err := e.page(ctx, subject, after, min(limit-len(events), engine.PageMessages))
		if err != nil {
			return nil, err
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
func (e *session) page(ctx context.Context, subject string, after uint64, n int) (events []*hub.Event, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
	defer cancel()
	batch, err := engine.Batch(ctx, e.history, StreamName, n, jetstreamext.GetBatchSeq(after+1), jetstreamext.GetBatchSubject(subject))
	if err != nil {
		return nil, err
	}
	for _, msg := range batch {
		if msg.Sequence > e.shown(msg.Sequence) {
			break // it is not acknowledged yet, and a power cut may take it
		}
		stored, err := event(*e.epoch.Load(), msg.Subject, msg.Sequence, msg.Time, msg.Data)
		if err != nil {
			return nil, err
		}
		events = append(events, stored)
	}
	return events, nil
}

// Pending counts stored events of a topic; see hub.Journal.
func (j *Journal) Pending(ctx context.Context, t hub.Topic, after uint64) (n int, err error) {
	subject := subjectOfTopic(t)
	if subject == "" || after == math.MaxUint64 {
		return 0, nil
	}
	err = j.use(ctx, "count history", func(s *session) error {
		if err := s.current(ctx); err != nil {
			return err
		}
		n, err = s.pending(ctx, subject, after)
		return err
	})
	return n, err
}

// pending reads the next event, whose header says how many follow it.
func (e *session) pending(ctx context.Context, subject string, after uint64) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
	defer cancel()
	next, err := engine.Batch(ctx, e.history, StreamName, 1, jetstreamext.GetBatchSeq(after+1), jetstreamext.GetBatchSubject(subject))
	if err != nil || len(next) == 0 {
		return 0, err
	}
	n, err := engine.Pending(next[0])
	return n + 1, err
}

// Back returns from where on n events are stored that are not ephemeral; see hub.Journal.
func (j *Journal) Back(ctx context.Context, n int) (from uint64, err error) {
	err = j.use(ctx, "find where to begin", func(s *session) error {
		from, err = s.back(ctx, n)
		return err
	})
	return from, err
}

// back is a binary search: NATS counts what is stored after a sequence, but does not
// read backwards.
func (e *session) back(ctx context.Context, n int) (uint64, error) {
	b, err := e.bounds(ctx)
	if err != nil {
		return 0, err
	}
	low, high := b.First, b.Last+1 // enough lie behind low, if anywhere; fewer behind high
	for low+1 < high {
		mid := low + (high-low)/2
		behind, err := e.pending(ctx, eventPrefix+">", mid-1)
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
