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
	next, err := d.store.Put(ctx, name, text, revision)
	if err != nil {
		return fmt.Errorf("store %s: %w", kindOf(name), err)
	}
	d.apply(kv.Record{Name: name, Value: text, Revision: next})
	return nil
}

// remove deletes a record at a revision, and drops the copy at once.
func (d *Directory) remove(ctx context.Context, name string, revision uint64) error {
	if err := d.store.Delete(ctx, name, revision); err != nil {
		return fmt.Errorf("delete %s: %w", kindOf(name), err)
	}
	d.mu.Lock()
	if t, key := d.tableOf(name); t != nil {
		t.remove(key, revision)
	}
	d.mu.Unlock()
	d.endLeases(name)
	return nil
}

// kindOf returns the kind of a record for messages, without the rest of its name, which
// may be secret or personal.
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ".")
	return "a " + kind
}
