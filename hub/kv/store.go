package kv

import (
	"context"
	"errors"
	"fmt"
)

// ErrConflict is wrapped when the stored record is not the one that was to be
// replaced or deleted: another process or request was faster. Nothing has been
// changed. Read the record again, then decide again.
var ErrConflict = errors.New("the record has been changed meanwhile")

// ErrNotFound is wrapped when there is no record of a name.
var ErrNotFound = errors.New("no such record")

// ErrUnavailable is wrapped when a store fails to do what was asked: it is down,
// full, or did not respond in time. Whether a record was stored is not known then.
var ErrUnavailable = errors.New("records unavailable")

// ErrFull is wrapped when the cause is a disk, or a share of one, without room. It
// wraps ErrUnavailable.
var ErrFull = fmt.Errorf("%w: no room to store records", ErrUnavailable)

const (
	// MaxName and MaxValue bound a record, in bytes.
	MaxName  = 128
	MaxValue = 64 << 10
)

// Record is a small value under a name.
type Record struct {
	Name     string
	Value    []byte // nil when the record has been deleted
	Revision uint64 // rises with every change of any record
}

// Store stores small values, the same for every process that shares it. All methods
// may be called concurrently. A name is 1 to MaxName bytes of [a-zA-Z0-9_=-], in
// parts with a '.' between them; a value has up to MaxValue bytes.
type Store interface {
	// Put stores a value and returns its revision, once it is as durable as an
	// acknowledged event. revision is that of the value it replaces, or 0 where
	// there must be none. Errors wrap ErrConflict or ErrUnavailable, or are ctx's.
	Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error)

	// Delete deletes the record that has the revision. Errors wrap ErrConflict,
	// also when the record is gone already, or ErrUnavailable, or are ctx's.
	Delete(ctx context.Context, name string, revision uint64) error

	// Get returns the newest value. Errors wrap ErrNotFound or ErrUnavailable, or
	// are ctx's.
	Get(ctx context.Context, name string) (Record, error)

	// Watch delivers every record that is there, then calls ready, then delivers
	// every change as it happens, deletions too, from one goroutine. A value that is
	// replaced or deleted before it could be delivered may be left out; its
	// successor is not. Revisions rise.
	//
	// Watch returns when ctx ends (ctx's error) or the store fails (wraps
	// ErrUnavailable), never nil. A caller that watches again must start from an
	// empty state: what is not delivered before ready no longer exists.
	Watch(ctx context.Context, deliver func(Record), ready func()) error
}

// CheckName returns what is wrong with a record's name, nil for nothing.
func CheckName(name string) error {
	if name == "" || len(name) > MaxName {
		return fmt.Errorf("a record's name is 1 to %d bytes long", MaxName)
	}
	part := 0 // bytes of the part so far
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '.' && part > 0 && i+1 < len(name):
			part = 0
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '=', c == '-':
			part++
		default:
			return errors.New("a record's name has parts of a-z, A-Z, 0-9, _, = and -, with a dot between them")
		}
	}
	return nil
}

// Check returns what is wrong with a record that is to be stored, nil for nothing.
func Check(name string, value []byte) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if len(value) > MaxValue {
		return fmt.Errorf("a record's value has %d bytes at most, not %d", MaxValue, len(value))
	}
	return nil
}
