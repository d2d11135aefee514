package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"latido/hub/kv"
)

// put stores a value and takes it over at once, so that who has changed something
// sees it.
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

// remove deletes a record that has a revision, and forgets it at once.
func (d *Directory) remove(ctx context.Context, name string, revision uint64) error {
	if err := d.records.Delete(ctx, name, revision); err != nil {
		return fmt.Errorf("delete %s: %w", kindOf(name), err)
	}
	kind, key, _ := strings.Cut(name, ".")
	d.mu.Lock()
	switch kind + "." {
	case personRecords:
		bury(d.people, key, revision)
	case keyRecords:
		bury(d.keys, key, revision)
	case sessionRecords:
		bury(d.sessions, key, revision)
	case linkRecords:
		bury(d.links, key, revision)
	}
	d.mu.Unlock()
	d.endLeases(name)
	return nil
}

// bury forgets a record that has been deleted, and remembers that it has until the
// deletion is delivered: news of before may come first.
func bury[T any](m map[string]entry[T], key string, revision uint64) {
	if old, known := m[key]; known && old.revision <= revision {
		m[key] = entry[T]{nil, revision}
	}
}

// kindOf names a record without what is secret or personal in its name.
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ".")
	return "a " + kind
}
