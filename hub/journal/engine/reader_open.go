package engine

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ReaderConfig says what a Reader reads.
type ReaderConfig struct {
	Stream  string
	Subject string // of everything in the stream
	From    uint64 // first sequence; where that is gone, the oldest stored one

	// Known returns the newest sequence that is known to be stored: a server that does
	// not come to it stands still.
	Known func() uint64

	// Idle, unless it is nil, is called from Next at a heartbeat, every two seconds
	// while nothing comes. An error of it ends the Reader.
	Idle func(context.Context) error

	// Within bounds the time until the Reader is there; 0 is Config.Timeout.
	Within time.Duration
}

// OpenReader makes a Reader. One that begins more than one above the last stored
// sequence waits in silence: the caller must compare.
func (r *Run) OpenReader(ctx context.Context, cfg ReaderConfig) (*Reader, error) {
	if cfg.Within == 0 {
		cfg.Within = r.cfg.Timeout
	}
	rd := &Reader{
		cfg:     cfg,
		arrived: make(chan *nats.Msg, pullEvents+statusRoom),
		gone:    make(chan struct{}),
		silence: time.NewTimer(2 * pullHeartbeat),
		at:      cfg.From - 1,
	}
	var err error
	rd.js, err = r.ConnectWith(ReaderName, func(nc *nats.Conn, err error) {
		r.cfg.Logger.Warn("the connection of a reader failed, closing it", "error", err)
		nc.Close() // a full buffer has dropped messages, and nothing else says so
	}, nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(rd.gone) }))
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, cfg.Within)
	defer cancel()
	if err := rd.begin(limited, r); err != nil {
		rd.Close()
		return nil, err
	}
	return rd, nil
}

// begin makes the consumer.
func (r *Reader) begin(ctx context.Context, run *Run) error {
	r.inbox = r.js.Conn().NewInbox()
	if _, err := r.js.Conn().ChanSubscribe(r.inbox+".*", r.arrived); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Once asked for, the consumer is waited for even if ctx ends: NATS takes requests
	// in any order, so deleting it could come before making it, and it would stay for
	// readerIdle.
	sure, end := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.Within)
	defer end()
	r.name = rand.Text()
	return run.Again(sure, func(ctx context.Context) error {
		_, err := r.js.CreateConsumer(ctx, r.cfg.Stream, jetstream.ConsumerConfig{
			Name:              r.name,
			DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
			OptStartSeq:       r.cfg.From,
			AckPolicy:         jetstream.AckNonePolicy,
			InactiveThreshold: readerIdle,
			Replicas:          1,
			MemoryStorage:     true,
		})
		return err
	})
}

// JetStream is the API on the Reader's own connection, which ends with the
// consumer.
func (r *Reader) JetStream() jetstream.JetStream { return r.js }

// Read calls deliver for each message of a stream in order from a sequence on, until
// deliver fails, the Run ends, or ctx does; it returns why, and nil when ctx has ended.
// known and idle are those of ReaderConfig.
func (r *Run) Read(ctx context.Context, stream, subject string, from uint64, known func() uint64, idle func(context.Context) error,
	deliver func(context.Context, *nats.Msg, uint64) error) error {
	rd, err := r.OpenReader(ctx, ReaderConfig{Stream: stream, Subject: subject, From: from, Known: known, Idle: idle})
	if err != nil {
		return err
	}
	defer rd.Close()
	for {
		msg, meta, err := rd.Next(ctx)
		if err != nil || ctx.Err() != nil { // both a message and ctx's end may be there
			return err
		}
		if err := deliver(ctx, msg, meta.Sequence.Stream); err != nil {
			return err
		}
	}
}
