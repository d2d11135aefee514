package journal

import (
	"context"
	"errors"
	"fmt"

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
	if broken := j.broken.Load(); broken != nil {
		return hub.Receipt{}, j.failure(ctx, "store the event", *broken)
	}
	msg := &nats.Msg{Subject: subjectOf(d), Data: d.Data}
	if d.Key != "" {
		msg.Header = nats.Header{jetstream.MsgIDHeader: []string{dedupeID(d)}}
	}
	limited, cancel := context.WithTimeout(ctx, j.cfg.Timeout)
	defer cancel()
	ack, err := j.publish.js.PublishMsg(limited, msg, jetstream.WithRetryAttempts(0))
	if err != nil {
		return hub.Receipt{}, j.failure(ctx, "store the event", j.whySilent(ctx, err))
	}
	return hub.Receipt{
		ID:        hub.ID{Epoch: j.epoch, Seq: ack.Sequence},
		Duplicate: ack.Duplicate,
	}, nil
}

// whySilent finds the cause when the engine has not answered a publisher. After
// a write that failed, on a full disk for one, it never does again, however
// long anyone waits: later publishers are told at once.
func (j *Journal) whySilent(ctx context.Context, err error) error {
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	cause := j.engineHealth()
	if cause == nil {
		return err
	}
	j.broken.Store(&cause)
	return cause
}
