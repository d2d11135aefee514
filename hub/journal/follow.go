package journal

import (
	"context"
	"time"

	"latido/hub"
)

// Follow delivers every stored event from a sequence on, then every new one;
// see hub.Journal. It ends at the first doubt that it has seen all of them:
// whoever follows must be able to begin again anyway.
func (j *Journal) Follow(ctx context.Context, from uint64, deliver func(*hub.Event) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	eng, err := j.engine()
	if err != nil {
		return j.followed(ctx, err)
	}
	r, err := eng.openReader(ctx, max(from, 1))
	if err != nil {
		return j.followed(ctx, err)
	}
	defer r.close()
	for {
		msg, meta, err := r.next(ctx)
		if err != nil || ctx.Err() != nil { // both an event and ctx's end may be there
			return j.followed(ctx, err)
		}
		// Nobody is shown what is less durable than its acknowledgement says: after
		// a power cut its sequence would be another event's.
		if err := eng.durable(ctx, meta.Sequence.Stream); err != nil {
			return j.followed(ctx, err)
		}
		eng.seen.raise(meta.Sequence.Stream)
		e, err := event(r.epoch, msg.Subject, meta.Sequence.Stream, meta.Timestamp, msg.Data)
		if err != nil {
			// No draft makes such a subject; to end here would be to end for ever.
			j.cfg.Logger.Error("journal skips what is not an event", "sequence", meta.Sequence.Stream, "error", err)
			continue
		}
		if err := deliver(e); err != nil {
			return err
		}
	}
}

// followed answers ctx's own error, bare, when that is why a Follow has ended.
func (j *Journal) followed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return j.failure(ctx, "follow", err)
}

func event(epoch, subject string, seq uint64, stored time.Time, data []byte) (*hub.Event, error) {
	d, err := parseSubject(subject)
	if err != nil {
		return nil, err
	}
	return &hub.Event{
		ID:      hub.ID{Epoch: epoch, Seq: seq},
		Name:    d.Name,
		Channel: d.Channel,
		User:    d.User,
		Data:    data,
		Time:    stored,
	}, nil
}
