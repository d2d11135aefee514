package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latido/hub/kv"

	"github.com/nats-io/nats.go/jetstream"
)

// Records are the records that are kept with the events, as durable as they are:
// people, their API keys and login sessions. See kv.Store; every call but Watch
// answers within Config.Timeout.
func (j *Journal) Records() kv.Store { return &records{j, accessBucket} }

// Tickets are records that go by themselves TicketAge after they were stored, and
// with the program that holds the engine: they are in memory only.
func (j *Journal) Tickets() kv.Store { return &records{j, ticketsBucket} }

// records is one bucket of whatever engine runs.
type records struct {
	j    *Journal
	name string
}

// open answers the bucket of the run of the engine that is on now.
func (r *records) open() (*engine, *bucket, error) {
	e, err := r.j.engine()
	if err != nil {
		return nil, nil, err
	}
	return e, e.buckets[r.name], nil
}

// failure makes of err what kv.Store promises; see Journal.failure.
func (r *records) failure(ctx context.Context, what string, err error) error {
	switch {
	case errors.Is(err, kv.ErrConflict) || errors.Is(err, kv.ErrNotFound):
		return fmt.Errorf("%s: %w", what, err)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %s: no answer in time", kv.ErrUnavailable, what)
	case err != nil && isFull(err):
		return fmt.Errorf("%w: %s: %w", kv.ErrFull, what, err)
	case err != nil:
		return fmt.Errorf("%w: %s: %w", kv.ErrUnavailable, what, err)
	}
	return nil
}

// Put stores a value; see kv.Store.
func (r *records) Put(ctx context.Context, name string, value []byte, revision uint64) (now uint64, err error) {
	if err := kv.Check(name, value); err != nil {
		return 0, fmt.Errorf("store a record: %w", err)
	}
	err = r.write(ctx, "store the record "+name, func(ctx context.Context, e *engine, b *bucket) error {
		now, err = b.put(ctx, name, value, revision)
		return err
	})
	if err != nil {
		return 0, err
	}
	return now, nil
}

// Delete deletes a record; see kv.Store.
func (r *records) Delete(ctx context.Context, name string, revision uint64) error {
	if err := kv.CheckName(name); err != nil {
		return fmt.Errorf("delete a record: %w", err)
	}
	return r.write(ctx, "delete the record "+name, func(ctx context.Context, e *engine, b *bucket) error {
		return b.delete(ctx, name, revision)
	})
}

// write has something written, and waits until it is durable.
func (r *records) write(ctx context.Context, what string, do func(context.Context, *engine, *bucket) error) error {
	if err := ctx.Err(); err != nil {
		return r.failure(ctx, what, err)
	}
	e, b, err := r.open()
	if err == nil {
		err = e.refusal()
	}
	if err == nil {
		err = e.during(ctx, func(ctx context.Context) error {
			if err := do(ctx, e, b); err != nil {
				return err
			}
			// Whatever is durable with it has been written before.
			return b.durable(ctx, e.cfg.Durability, b.seen.n.Load())
		})
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = e.whySilent()
		}
	}
	return r.failure(ctx, what, err)
}

// during does something within Config.Timeout, as long as the engine can.
func (e *engine) during(ctx context.Context, do func(context.Context) error) error {
	ctx, end := context.WithTimeout(ctx, e.cfg.Timeout)
	defer end()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.broken, func() { cancel(context.Cause(e.broken)) })()
	err := do(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// putAgain is the pause before a record is looked at again of which the store says
// that it is another one: another's value may be on its way to a majority, and may
// come to nothing.
const putAgain = 20 * time.Millisecond

// put stores a value over that of a revision; 0 where none may be.
func (b *bucket) put(ctx context.Context, name string, value []byte, revision uint64) (now uint64, err error) {
	err = b.over(ctx, name, revision, func(last uint64) error {
		now, err = b.kv.Update(ctx, name, value, last)
		return err
	})
	b.seen.raise(now)
	return now, err
}

// delete leaves a marker that goes by itself.
func (b *bucket) delete(ctx context.Context, name string, revision uint64) error {
	if revision == 0 {
		return kv.ErrConflict
	}
	err := b.over(ctx, name, revision, func(last uint64) error {
		return b.kv.Purge(ctx, name, jetstream.LastRevision(last), jetstream.PurgeTTL(b.marker))
	})
	if err != nil {
		return err
	}
	// Purge does not answer the marker's revision.
	now, err := b.newest(ctx)
	b.seen.raise(now)
	return err
}

// over looks at what is there and writes over it. The store alone would take the
// marker of a deletion for a value that can be replaced or deleted.
func (b *bucket) over(ctx context.Context, name string, revision uint64, write func(last uint64) error) error {
	for {
		k, err := b.last(ctx, name)
		if err != nil {
			return err
		}
		if k.there() != (revision > 0) || k.there() && k.revision != revision {
			return kv.ErrConflict
		}
		if err := write(k.revision); err == nil || !isConflict(err) {
			return err
		}
		select {
		case <-time.After(putAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Get answers the newest value; see kv.Store.
func (r *records) Get(ctx context.Context, name string) (kv.Record, error) {
	if err := kv.CheckName(name); err != nil {
		return kv.Record{}, fmt.Errorf("read a record: %w", err)
	}
	what := "read the record " + name
	if err := ctx.Err(); err != nil {
		return kv.Record{}, r.failure(ctx, what, err)
	}
	var k kept
	e, b, err := r.open()
	if err == nil {
		err = e.during(ctx, func(ctx context.Context) (err error) {
			if k, err = b.last(ctx, name); err != nil {
				return err
			}
			if !k.there() {
				return kv.ErrNotFound
			}
			b.seen.raise(k.revision)
			return b.durable(ctx, e.cfg.Durability, k.revision)
		})
	}
	if err != nil {
		return kv.Record{}, r.failure(ctx, what, err)
	}
	return kv.Record{Name: name, Value: k.value, Revision: k.revision}, nil
}
