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

// Append stores a draft and answers its place; see hub.Journal. It waits for
// the engine's acknowledgement, Config.Timeout at most, and publishes once: a
// retry without a Key could store the event twice.
func (j *Journal) Append(ctx context.Context, d hub.Draft) (hub.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return hub.Receipt{}, j.failure(ctx, "store the event", err)
	}
	if len(d.Data) > j.cfg.MaxEventBytes {
		return hub.Receipt{}, fmt.Errorf("%w: store the event: %w: its data has %d bytes, %d are allowed",
			hub.ErrJournal, ErrTooLarge, len(d.Data), j.cfg.MaxEventBytes)
	}
	e, err := j.engine()
	if err == nil {
		err = e.refusal()
	}
	if err != nil {
		return hub.Receipt{}, j.failure(ctx, "store the event", err)
	}
	if d.Sample {
		if d.Sample, err = e.declare(ctx, d); err != nil {
			return hub.Receipt{}, j.failure(ctx, "store the sample", err)
		}
	}
	r, err := e.store(ctx, d)
	return r, j.failure(ctx, "store the event", err)
}

// store has an event published and waits for what becomes of it.
func (e *engine) store(ctx context.Context, d hub.Draft) (hub.Receipt, error) {
	p := &post{msg: e.message(d), lasting: !d.Sample, done: make(chan error, 1)}
	timer := time.NewTimer(e.cfg.Timeout)
	defer timer.Stop()
	var err error
	select {
	case e.posts.queue <- p:
		select {
		case err = <-p.done:
		case <-timer.C:
			err = e.whySilent()
		case <-e.broken.Done():
			err = context.Cause(e.broken)
		case <-ctx.Done():
			err = ctx.Err()
		}
	case <-timer.C:
		err = e.whySilent()
	case <-e.broken.Done():
		err = context.Cause(e.broken)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return hub.Receipt{}, err
	}
	return hub.Receipt{ID: hub.ID{Epoch: e.epoch, Seq: p.seq}, Duplicate: p.duplicate}, nil
}

func (e *engine) message(d hub.Draft) *nats.Msg {
	msg := &nats.Msg{Subject: subjectOf(d), Data: d.Data}
	if d.Sample {
		msg.Header = nats.Header{ttlHeader: []string{ttl(e.cfg.SampleAge)}}
	}
	if d.Key != "" {
		if msg.Header == nil {
			msg.Header = nats.Header{}
		}
		msg.Header[jetstream.MsgIDHeader] = []string{dedupeID(d)}
	}
	return msg
}

// refusal answers why nothing can be stored now; nil when nothing is known
// against it.
func (e *engine) refusal() error {
	if e.broken.Err() != nil {
		return context.Cause(e.broken)
	}
	if full := e.full.Load(); full != nil {
		return *full
	}
	return e.commit.failure()
}

// whySilent finds the cause when the engine has not answered a publisher. After
// a write that failed, on a full disk for one, it never does again, however
// long anyone waits: the others that wait are told at once, too.
func (e *engine) whySilent() error {
	if cause := e.health(); cause != nil && e.broken.Err() == nil {
		e.fail(cause)
	}
	if e.broken.Err() != nil {
		return context.Cause(e.broken)
	}
	return context.DeadlineExceeded // failure names whose
}
