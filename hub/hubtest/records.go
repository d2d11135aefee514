package hubtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"latido/hub/kv"
)

// Records is a kv.Store in memory whose faults are switches. All methods may be
// called concurrently. NewRecords makes one.
type Records struct {
	mu       sync.Mutex
	revision uint64
	records  map[string]kv.Record
	watches  map[*watch]bool

	writeErr error
	watchErr error
}

var _ kv.Store = (*Records)(nil)

// watch is what one Watch has not delivered yet.
type watch struct {
	changes []kv.Record
	err     error
	changed chan struct{} // buffer 1
}

// NewRecords makes an empty one.
func NewRecords() *Records {
	return &Records{records: map[string]kv.Record{}, watches: map[*watch]bool{}}
}

// FailWrites makes Put and Delete fail with an error that wraps kv.ErrUnavailable and
// err, until it is called with nil.
func (r *Records) FailWrites(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writeErr = err
}

// FailWatch ends every Watch, and those that begin, with an error that wraps
// kv.ErrUnavailable and err, until it is called with nil.
func (r *Records) FailWatch(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchErr = err
	if err != nil {
		for w := range r.watches {
			w.err = err
			w.wake()
		}
	}
}

func (w *watch) wake() {
	select {
	case w.changed <- struct{}{}:
	default: // it will look
	}
}

// Put stores a value; see kv.Store.
func (r *Records) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if err := kv.Check(name, value); err != nil {
		return 0, fmt.Errorf("store a record: %w", err)
	}
	// The caller may use its buffer again, and an empty value is not a deletion.
	return r.write(ctx, "store", name, append([]byte{}, value...), revision)
}

// Delete deletes a record; see kv.Store.
func (r *Records) Delete(ctx context.Context, name string, revision uint64) error {
	if err := kv.CheckName(name); err != nil {
		return fmt.Errorf("delete a record: %w", err)
	}
	if revision == 0 {
		return fmt.Errorf("delete the record %s: %w", name, kv.ErrConflict)
	}
	_, err := r.write(ctx, "delete", name, nil, revision)
	return err
}

func (r *Records) write(ctx context.Context, what, name string, value []byte, revision uint64) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("%s the record %s: %w", what, name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.writeErr != nil {
		return 0, fmt.Errorf("%w: %s the record %s: %w", kv.ErrUnavailable, what, name, r.writeErr)
	}
	if r.records[name].Revision != revision {
		return 0, fmt.Errorf("%s the record %s: %w", what, name, kv.ErrConflict)
	}
	r.revision++
	now := kv.Record{Name: name, Value: value, Revision: r.revision}
	if value == nil {
		delete(r.records, name)
	} else {
		r.records[name] = now
	}
	for w := range r.watches {
		w.changes = append(w.changes, now)
		w.wake()
	}
	return r.revision, nil
}

// Get returns the newest value; see kv.Store.
func (r *Records) Get(ctx context.Context, name string) (kv.Record, error) {
	if err := kv.CheckName(name); err != nil {
		return kv.Record{}, fmt.Errorf("read a record: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return kv.Record{}, fmt.Errorf("read the record %s: %w", name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.records[name]
	if !ok {
		return kv.Record{}, fmt.Errorf("read the record %s: %w", name, kv.ErrNotFound)
	}
	return clone(found), nil
}

// clone makes a fresh value for every reader, as a store on a wire does.
func clone(r kv.Record) kv.Record {
	if r.Value != nil {
		r.Value = append([]byte{}, r.Value...)
	}
	return r
}

// Watch delivers what is there, then what changes; see kv.Store.
func (r *Records) Watch(ctx context.Context, deliver func(kv.Record), ready func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &watch{changed: make(chan struct{}, 1)}
	there, err := r.begin(w)
	if err != nil {
		return err
	}
	defer r.end(w)
	for _, record := range there {
		deliver(clone(record))
	}
	ready()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		record, found, err := r.next(w)
		switch {
		case err != nil:
			return err
		case found:
			deliver(clone(record))
			continue
		}
		select {
		case <-w.changed:
		case <-ctx.Done():
		}
	}
}

// begin returns what is there, in the order in which it was stored, and has the
// watch hear of every change from then on.
func (r *Records) begin(w *watch) (there []kv.Record, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchErr != nil {
		return nil, fmt.Errorf("%w: watch the records: %w", kv.ErrUnavailable, r.watchErr)
	}
	for _, record := range r.records {
		there = append(there, record)
	}
	slices.SortFunc(there, func(a, b kv.Record) int { return cmp.Compare(a.Revision, b.Revision) })
	r.watches[w] = true
	return there, nil
}

func (r *Records) end(w *watch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.watches, w)
}

// next returns the next change, one at a time, so that a fault applies to the very
// next delivery.
func (r *Records) next(w *watch) (record kv.Record, found bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.err != nil {
		return record, false, fmt.Errorf("%w: watch the records: %w", kv.ErrUnavailable, w.err)
	}
	if len(w.changes) == 0 {
		return record, false, nil
	}
	record, w.changes = w.changes[0], w.changes[1:]
	return record, true, nil
}
