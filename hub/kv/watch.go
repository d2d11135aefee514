package journal

import (
	"context"
	"strings"

	"latido/hub/kv"

	"github.com/nats-io/nats.go"
)

// Watch delivers what is there, then what changes; see kv.Store. It ends at the
// first doubt that it has seen all, and with the run of the engine that it began
// on. It reads the bucket as Follow reads events: nats.go's own watch begins again
// by itself and then passes over what was deleted long ago, says that all is there
// when what was counted has come, although it may have changed since, and leaves
// goroutines behind when its reader is slow.
func (r *records) Watch(ctx context.Context, deliver func(kv.Record), ready func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := r.watch(ctx, deliver, ready)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return r.failure(ctx, "watch the records", err)
}

func (r *records) watch(ctx context.Context, deliver func(kv.Record), ready func()) error {
	e, b, err := r.open()
	if err == nil {
		err = e.backend.unreachable()
	}
	if err != nil {
		return err
	}
	return e.watchBucket(ctx, b, deliver, ready)
}

// watchBucket returns no error as well when ctx ends.
func (e *engine) watchBucket(ctx context.Context, b *bucket, deliver func(kv.Record), ready func()) error {
	rd, err := e.openRecordReader(ctx, b)
	if err != nil {
		return err
	}
	defer rd.close()
	w := e.newRecordWatch(b, rd, deliver, ready)
	if err := w.perhapsReady(ctx); err != nil {
		return err
	}
	for {
		msg, meta, err := rd.next(ctx)
		if err != nil || ctx.Err() != nil {
			return err
		}
		revision := meta.Sequence.Stream
		b.seen.raise(revision)
		if err := b.durable(ctx, e.cfg.Durability, revision); err != nil {
			return err
		}
		w.take(msg, revision)
		if rd.at >= w.goal {
			if err := w.perhapsReady(ctx); err != nil {
				return err
			}
		}
	}
}

// recordWatch is a Watch up to the moment when all is there.
type recordWatch struct {
	e       *engine
	b       *bucket
	reader  *reader
	deliver func(kv.Record)
	ready   func()

	known map[string]bool // delivered before ready; nil afterwards
	goal  uint64          // revision up to which it must have read
}

// newRecordWatch has the reader ask again when nothing more comes: the newest
// revision may have gone by itself before it could be read.
func (e *engine) newRecordWatch(b *bucket, rd *reader, deliver func(kv.Record), ready func()) *recordWatch {
	w := &recordWatch{e: e, b: b, reader: rd, deliver: deliver, ready: ready, known: map[string]bool{}}
	rd.idle = w.perhapsReady
	return w
}

// take delivers a record. Before ready that something was deleted is news only if
// it was delivered.
func (w *recordWatch) take(msg *nats.Msg, revision uint64) {
	record := kv.Record{Name: strings.TrimPrefix(msg.Subject, w.b.subject), Revision: revision}
	gone := isMarker(msg.Header)
	if !gone {
		record.Value = append([]byte{}, msg.Data...)
	}
	if w.known != nil {
		if gone && !w.known[record.Name] {
			return
		}
		w.known[record.Name] = !gone
	}
	w.deliver(record)
}

// perhapsReady finds out whether all that is there has been delivered: the newest
// revision has been read, or one above it. What is replaced while it is read moves
// to the end, so reading up to what the end was at first would not do; nor would
// what the server that reads believes to be the end, which may be behind.
func (w *recordWatch) perhapsReady(ctx context.Context) (err error) {
	if w.known == nil {
		return nil
	}
	err = w.e.during(ctx, func(ctx context.Context) error {
		w.goal, err = w.b.newest(ctx)
		return err
	})
	if err == nil && w.reader.at >= w.goal {
		w.known = nil
		w.ready()
	}
	return err
}
