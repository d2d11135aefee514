package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"latido/hub/kv"
)

// put stores a value and copies it at once, so that the caller sees its own change.
func (d *Directory) put(ctx context.Context, name string, value any, revision uint64) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	next, err := d.records.Put(ctx, name, text, revision)
	if err != nil {
		return fmt.Errorf("store %s: %w", kindOf(name), err)
	}
	d.apply(kv.Record{Name: name, Value: text, Revision: next})
	return nil
}

// remove deletes a record at a revision, and drops the copy at once.
func (d *Directory) remove(ctx context.Context, name string, revision uint64) error {
	if err := d.records.Delete(ctx, name, revision); err != nil {
		return fmt.Errorf("delete %s: %w", kindOf(name), err)
	}
	kind, key, _ := strings.Cut(name, ".")
	d.mu.Lock()
	switch kind + "." {
	case personRecords:
		tombstone(d.people, key, revision)
	case keyRecords:
		tombstone(d.keys, key, revision)
	case sessionRecords:
		tombstone(d.sessions, key, revision)
	case linkRecords:
		tombstone(d.links, key, revision)
	}
	d.mu.Unlock()
	d.endLeases(name)
	return nil
}

// tombstone drops a value that was deleted, and keeps the revision until the deletion is
// delivered: an older revision may be delivered first, and must not come back to life.
func tombstone[T any](m map[string]entry[T], key string, revision uint64) {
	if old, known := m[key]; known && old.revision <= revision {
		m[key] = entry[T]{nil, revision}
	}
}

// kindOf returns the kind of a record for messages, without the rest of its name, which
// may be secret or personal.
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ".")
	return "a " + kind
}
