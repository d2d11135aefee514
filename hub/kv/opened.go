package kv

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// opened is a bucket on one Run.
type opened struct {
	cfg     BucketConfig
	run     Run
	kv      jetstream.KeyValue
	leader  jetstream.Stream
	stream  string        // of the bucket
	subject string        // of a record, up to its name
	seen    atomic.Uint64 // newest revision known to be stored
}

// raise notes that a revision is stored.
func (o *opened) raise(revision uint64) {
	for {
		old := o.seen.Load()
		if revision <= old || o.seen.CompareAndSwap(old, revision) {
			return
		}
	}
}

// durable returns nil once a revision is as durable as an acknowledged event.
func (o *opened) durable(ctx context.Context, revision uint64) error {
	return o.run.Durable(ctx, o.stream, revision, true)
}

// putAgain is the pause before a record is read again that the store says has been
// changed: another caller's value may be on its way to a majority, and may come to
// nothing.
const putAgain = 20 * time.Millisecond

// put stores a value over that of a revision, or 0 where there must be none.
func (o *opened) put(ctx context.Context, name string, value []byte, revision uint64) (now uint64, err error) {
	err = o.over(ctx, name, revision, func(last uint64) error {
		now, err = o.kv.Update(ctx, name, value, last)
		return err
	})
	o.raise(now)
	return now, err
}

// delete leaves a marker that goes by itself.
func (o *opened) delete(ctx context.Context, name string, revision uint64) error {
	if revision == 0 {
		return ErrConflict
	}
	err := o.over(ctx, name, revision, func(last uint64) error {
		return o.kv.Purge(ctx, name, jetstream.LastRevision(last), jetstream.PurgeTTL(o.cfg.MarkerAge))
	})
	if err != nil {
		return err
	}
	// Purge does not return the marker's revision.
	now, err := o.newest(ctx)
	o.raise(now)
	return err
}

// over reads what is there and writes over it. The store alone would take the marker
// of a deletion for a value that can be replaced or deleted.
func (o *opened) over(ctx context.Context, name string, revision uint64, write func(last uint64) error) error {
	for {
		e, err := o.last(ctx, name)
		if err != nil {
			return err
		}
		if e.there() != (revision > 0) || e.there() && e.revision != revision {
			return ErrConflict
		}
		if err := write(e.revision); err == nil || !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return err
		}
		select {
		case <-time.After(putAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// entry is what a bucket has under a name: a value, or the marker of a deletion. It is
// zero where nothing ever was, or no marker is left.
type entry struct {
	value    []byte
	deleted  bool
	revision uint64
}

// there reports whether it is a value.
func (e entry) there() bool { return e.revision > 0 && !e.deleted }

// askEvery is when a request without a reply is repeated: while servers elect the
// leader of the bucket, none of them receives it.
const askEvery = 400 * time.Millisecond

// last returns what is stored under a name now. It asks the leader of the bucket until it
// replies, or ctx ends. The API of buckets would have the nearest server reply: one that is
// behind would show a session that has been revoked.
func (o *opened) last(ctx context.Context, name string) (entry, error) {
	for {
		limited, cancel := context.WithTimeout(ctx, askEvery)
		msg, err := o.leader.GetLastMsgForSubject(limited, o.subject+name)
		cancel()
		switch {
		case err == nil:
			return entry{append([]byte{}, msg.Data...), isMarker(msg.Header), msg.Sequence}, nil
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return entry{}, nil
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return entry{}, err
		}
	}
}

// newest returns the revision of the newest record or marker, 0 for none.
func (o *opened) newest(ctx context.Context) (uint64, error) {
	e, err := o.last(ctx, ">")
	return e.revision, err
}

// isMarker reports whether a message says that a record is gone: that it was
// deleted, or that its time was over.
func isMarker(h nats.Header) bool {
	return h.Get("KV-Operation") != "" || h.Get(jetstream.MarkerReasonHeader) != ""
}
