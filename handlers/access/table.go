package access

import (
	"encoding/json"

	"latido/hub/kv"
)

// table is a copy of the records of one kind, by what follows the kind in their names.
// The mutex of the Directory guards it.
type table[T any] map[string]entry[T]

// entry is a record as last seen.
type entry[T any] struct {
	value    *T // nil for a tombstone: deleted here, and the deletion not delivered yet
	revision uint64
}

// records is a table whatever the type of its values.
type records interface {
	set(key string, r kv.Record) (changed bool, err error)
	remove(key string, revision uint64)
	keep(prefix string, found map[string]bool) (gone []string)
	revision(key string) uint64
}

// set copies a record, and reports whether it replaces or deletes a value. A value that
// cannot be decoded, which is the error, counts as deleted, so that it grants nothing.
func (t table[T]) set(key string, r kv.Record) (changed bool, err error) {
	old, known := t[key]
	if known && r.Revision <= old.revision {
		return false, nil // older than a change made here
	}
	delete(t, key)
	if r.Value != nil {
		value := new(T)
		if err = json.Unmarshal(r.Value, value); err == nil {
			t[key] = entry[T]{value, r.Revision}
		}
	}
	return old.value != nil, err
}

// remove drops a value that was deleted, and keeps the revision until the deletion is
// delivered: an older revision may be delivered first, and must not come back to life.
func (t table[T]) remove(key string, revision uint64) {
	if old, known := t[key]; known && old.revision <= revision {
		t[key] = entry[T]{nil, revision}
	}
}

// keep drops the entries whose records are not among those found, and returns the names
// of their records.
func (t table[T]) keep(prefix string, found map[string]bool) (gone []string) {
	for key := range t {
		if !found[prefix+key] {
			delete(t, key)
			gone = append(gone, prefix+key)
		}
	}
	return gone
}

// revision returns the revision of a value, 0 if there is none.
func (t table[T]) revision(key string) uint64 {
	if e := t[key]; e.value != nil {
		return e.revision
	}
	return 0
}

// any reports whether there is a value. Every request asks, so it stops at the first.
func (t table[T]) any() bool {
	for _, e := range t {
		if e.value != nil {
			return true
		}
	}
	return false
}

// count returns how many values there are.
func (t table[T]) count() (n int) {
	for _, e := range t {
		if e.value != nil {
			n++
		}
	}
	return n
}

// get returns an entry of one of the tables of d.
func get[T any](d *Directory, t table[T], key string) entry[T] {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return t[key]
}
