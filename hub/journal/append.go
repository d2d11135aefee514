package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// ErrTooLarge is wrapped, beside hub.ErrJournal, when an event's data is larger
// than Config.MaxEventBytes. Publishing it again does not help.
var ErrTooLarge = errors.New("event too large")

// Append stores a draft and returns its receipt; see hub.Journal. It waits for the
// acknowledgement of NATS, Config.Timeout at most. It does not publish an event again
// that may have been stored: without a Key it could be stored twice.
func (j *Journal) Append(ctx context.Context, d hub.Draft) (r hub.Receipt, err error) {
	err = j.use(ctx, "store the event", func(s *session) error {
		if len(d.Data) > j.cfg.MaxEventBytes {
			return fmt.Errorf("%w: its data has %d bytes, %d are allowed", ErrTooLarge, len(d.Data), j.cfg.MaxEventBytes)
		}
		if err := s.run.Refusal(); err != nil {
			return err
		}
		if d.Ephemeral {
			if d.Ephemeral, err = s.declare(ctx, d); err != nil {
				return fmt.Errorf("note that its topics carry ephemeral events: %w", err)
			}
		}
		r, err = s.store(ctx, d)
		return err
	})
	return r, err
}

// inProcessEvery is the pause before an event is published again that was refused
// because another event with the same key was being stored.
const inProcessEvery = 10 * time.Millisecond

// store has an event published and waits for what becomes of it.
func (e *session) store(ctx context.Context, d hub.Draft) (hub.Receipt, error) {
	timer := time.NewTimer(e.cfg.Timeout + patience(d.Data))
	defer timer.Stop()
	for {
		p := &post{msg: e.message(d), waits: !d.Ephemeral, done: make(chan error, 1)}
		switch err := e.wait(ctx, p, timer.C); {
		case err == nil:
			e.seen.raise(p.seq)
			return hub.Receipt{ID: hub.ID{Epoch: *e.epoch.Load(), Seq: p.seq}, Duplicate: p.duplicate}, nil
		case !errors.Is(err, errInProcess):
			return hub.Receipt{}, err
		}
		// Servers that have copies do not know yet which sequence the first one gets. It
		// may come to nothing, so this one is tried again, which its key makes safe.
		select {
		case <-time.After(inProcessEvery):
		case <-ctx.Done():
			return hub.Receipt{}, ctx.Err()
		}
	}
}

// wait hands a post over and waits for its end, or another reason to give up.
func (e *session) wait(ctx context.Context, p *post, late <-chan time.Time) error {
	queue := e.posts.queue
	for {
		select {
		case queue <- p:
			queue = nil
		case err := <-p.done:
			return err
		case <-late:
			return e.run.Silence()
		case <-e.run.Broken().Done():
			return context.Cause(e.run.Broken())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *session) message(d hub.Draft) *nats.Msg {
	msg := &nats.Msg{Subject: subjectOf(d), Data: d.Data}
	if d.Ephemeral {
		msg.Header = nats.Header{ttlHeader: []string{ttl(e.cfg.EphemeralAge)}}
	}
	if d.Key != "" {
		if msg.Header == nil {
			msg.Header = nats.Header{}
		}
		msg.Header[jetstream.MsgIDHeader] = []string{dedupeID(d)}
	}
	return msg
}

// patience is how much longer a large event may take than a usual one: a second
// for each megabyte.
func patience(data []byte) time.Duration { return time.Duration(len(data)) * time.Microsecond }
