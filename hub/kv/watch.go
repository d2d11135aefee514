package kv

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go"
)

// Watch delivers what is there, then what changes; see Store. It ends at the first
// doubt that it has seen all, and with the Run that it began on.
//
// It reads the stream of the bucket in order. The watch of nats.go begins again by
// itself and then passes over what was deleted long ago; it says that all is there when
// what was counted has come, although that may have changed since; and it leaves
// goroutines behind when its reader is slow.
func (b *Bucket) Watch(ctx context.Context, deliver func(Record), ready func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o, err := b.open()
	if err == nil {
		err = o.run.Unreachable()
	}
	if err == nil {
		err = o.watch(ctx, deliver, ready)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return b.failure(ctx, "watch the records", err)
}

// watch returns no error when ctx ends.
func (o *opened) watch(ctx context.Context, deliver func(Record), ready func()) error {
	w := &watching{o: o, deliver: deliver, ready: ready, known: map[string]bool{}}
	if err := w.checkReady(ctx); err != nil {
		return err
	}
	// While nothing comes it must be asked again: the newest revision may have gone by
	// itself before it could be read.
	return o.run.Read(ctx, o.stream, o.subject+">", 1, o.seen.Load, w.checkReady, w.take)
}

// watching is a Watch in progress.
type watching struct {
	o       *opened
	deliver func(Record)
	ready   func()

	at    uint64          // newest revision that has come
	known map[string]bool // delivered before ready; nil afterwards
	goal  uint64          // revision up to which must be read before ready
}

// take delivers a record. Before ready, that something was deleted is news only if it
// was delivered.
func (w *watching) take(ctx context.Context, msg *nats.Msg, revision uint64) error {
	w.at = revision
	w.o.raise(revision)
	if err := w.o.durable(ctx, revision); err != nil {
		return err
	}
	record := Record{Name: strings.TrimPrefix(msg.Subject, w.o.subject), Revision: revision}
	gone := isMarker(msg.Header)
	if !gone {
		record.Value = append([]byte{}, msg.Data...)
	}
	if w.known != nil {
		if !gone || w.known[record.Name] {
			w.known[record.Name] = !gone
			w.deliver(record)
		}
	} else {
		w.deliver(record)
	}
	if w.at >= w.goal {
		return w.checkReady(ctx)
	}
	return nil
}

// checkReady finds out whether all that is there has been delivered: the newest
// revision has been read, or one above it. What is replaced while it is read moves to
// the end, so reading up to what the end was at first would not do. Nor would what the
// server that reads takes for the end, which may be behind.
func (w *watching) checkReady(ctx context.Context) error {
	if w.known == nil {
		return nil
	}
	err := w.o.run.Within(ctx, func(ctx context.Context) (err error) {
		w.goal, err = w.o.newest(ctx)
		return err
	})
	if err == nil && w.at >= w.goal {
		w.known = nil
		w.ready()
	}
	return err
}
