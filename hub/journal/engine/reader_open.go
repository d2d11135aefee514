package journal

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// openReader makes a reader whose first event is at from. The engine moves a
// start below its first event up, which is what is wanted, and waits without a
// word at one that is more than one above its last: that is a position from
// another life of the journal, and whoever has it must be told.
func (e *engine) openReader(ctx context.Context, from uint64) (*reader, error) {
	r, err := e.connectReader(streamName, anyPrefix+">", &e.seen, from)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, e.cfg.readTimeout())
	defer cancel()
	if err = r.begin(limited, e, from, e.cfg.readTimeout()); err == nil {
		err = r.knowEpoch(limited, e, from)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// openRecordReader makes a reader of all that a bucket keeps, deletions too.
func (e *engine) openRecordReader(ctx context.Context, b *bucket) (*reader, error) {
	r, err := e.connectReader(b.stream, b.subject+">", &b.seen, 1)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, e.cfg.Timeout)
	defer cancel()
	if err := r.begin(limited, e, 1, e.cfg.Timeout); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// connectReader opens a reader's connection.
func (e *engine) connectReader(stream, subject string, seen *highest, from uint64) (*reader, error) {
	r := &reader{
		stream: stream, subject: subject, seen: seen,
		arrived: make(chan *nats.Msg, pullEvents+statusRoom),
		gone:    make(chan struct{}),
		silence: time.NewTimer(2 * pullHeartbeat),
		at:      from - 1,
	}
	var err error
	r.line, err = openLine(e.backend, readerName, func(nc *nats.Conn, err error) {
		e.cfg.Logger.Warn("journal reader is cut off", "error", err)
		nc.Close() // a full buffer has dropped events, and only this says so
	}, nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(r.gone) }))
	if err != nil {
		return nil, err
	}
	return r, nil
}

// begin makes the consumer, within a time also when ctx has none.
func (r *reader) begin(ctx context.Context, e *engine, from uint64, within time.Duration) error {
	r.inbox = r.line.conn.NewInbox()
	if _, err := r.line.conn.ChanSubscribe(r.inbox+".*", r.arrived); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Once asked for, the consumer is waited for even if ctx ends: the engine
	// takes requests in any order, so taking it back could come before making
	// it, and it would stay for readerIdle.
	sure, end := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer end()
	r.name = rand.Text()
	return e.again(sure, func(ctx context.Context) error {
		_, err := r.line.js.CreateConsumer(ctx, r.stream, jetstream.ConsumerConfig{
			Name:              r.name,
			DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
			OptStartSeq:       from,
			AckPolicy:         jetstream.AckNonePolicy,
			InactiveThreshold: readerIdle,
			Replicas:          1,
			MemoryStorage:     true,
		})
		return err
	})
}

// knowEpoch learns whose events it brings.
func (r *reader) knowEpoch(ctx context.Context, e *engine, from uint64) error {
	// The stream is looked at afterwards: a consumer ends with its stream, so this
	// is the epoch of whatever it brings.
	_, b, err := e.ask(ctx, r.line)
	if err != nil {
		return err
	}
	if from > b.Last+1 {
		return fmt.Errorf("sequence %d is asked for, but the last one of epoch %s is %d", from, b.Epoch, b.Last)
	}
	r.epoch = b.Epoch
	return nil
}
