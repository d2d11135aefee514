package journal

import (
	"context"
	"fmt"
	"time"

	"latido/hub"
	"latido/hub/journal/engine"
)

// Follow delivers every stored event from a sequence on, then every new one;
// see hub.Journal. It ends at the first doubt that it has seen all of them: the
// caller must be able to begin again in any case.
func (j *Journal) Follow(ctx context.Context, from uint64, deliver func(*hub.Event) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := j.session()
	if err != nil {
		return j.followed(ctx, err)
	}
	r, epoch, err := s.openReader(ctx, max(from, 1))
	if err != nil {
		return j.followed(ctx, err)
	}
	defer r.Close()
	for {
		msg, meta, err := r.Next(ctx)
		if err != nil || ctx.Err() != nil { // both an event and ctx's end may be there
			return j.followed(ctx, err)
		}
		// No reader is shown what is less durable than its acknowledgement says: after
		// a power cut its sequence would be another event's.
		if err := s.run.Durable(ctx, StreamName, meta.Sequence.Stream, false); err != nil {
			return j.followed(ctx, err)
		}
		s.seen.raise(meta.Sequence.Stream)
		e, err := event(epoch, msg.Subject, meta.Sequence.Stream, meta.Timestamp, msg.Data)
		if err != nil {
			// No draft makes such a subject; ending here would end every later Follow, too.
			j.cfg.Logger.Error("skip a stored message that is not an event", "sequence", meta.Sequence.Stream, "error", err)
			continue
		}
		if err := deliver(e); err != nil {
			return err
		}
	}
}

// followed returns ctx's own error, unwrapped, when that is why a Follow has ended.
func (j *Journal) followed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return j.failure(ctx, "follow", err)
}

func event(epoch, subject string, seq uint64, stored time.Time, data []byte) (*hub.Event, error) {
	d, err := ParseSubject(subject)
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

// openReader makes a reader whose first event is at from, and learns the epoch of what
// it brings. NATS moves a start below its first event up, which is what is wanted, and
// waits in silence at one that is more than one above its last: that is a position in
// another history of the journal, and the caller must know.
func (e *session) openReader(ctx context.Context, from uint64) (*engine.Reader, string, error) {
	limited, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
	defer cancel()
	r, err := e.run.OpenReader(limited, engine.ReaderConfig{
		Stream: StreamName, Subject: AllSubjects, From: from, Known: e.seen.n.Load, Within: e.cfg.readTimeout(),
	})
	if err != nil {
		return nil, "", err
	}
	// The stream is asked afterwards: a consumer ends with its stream, so this is
	// the epoch of whatever it brings.
	_, b, err := e.ask(limited, r.JetStream())
	if err == nil && from > b.Last+1 {
		err = fmt.Errorf("sequence %d is asked for, but the last one of epoch %s is %d", from, b.Epoch, b.Last)
	}
	if err != nil {
		r.Close()
		return nil, "", err
	}
	return r, b.Epoch, nil
}
