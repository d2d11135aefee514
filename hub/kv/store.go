package hub

import (
	"context"
	"errors"
	"fmt"
)

// ErrConflict is wrapped when a record is not the one that was to be replaced:
// another process, or another request, was quicker. Nothing has been changed.
var ErrConflict = errors.New("the record is another one by now")

// ErrNoRecord is wrapped when there is no record of a name.
var ErrNoRecord = errors.New("no such record")

const (
	// MaxRecordName and MaxRecordBytes bound a record, in bytes.
	MaxRecordName  = 128
	MaxRecordBytes = 64 << 10
)

// Record is a small value under a name.
type Record struct {
	Name     string
	Value    []byte // nil when the record has been deleted
	Revision uint64 // rises with every change of any record
}

// Records keeps small values, the same for every process that shares the store.
// All methods may be called concurrently. A name is 1 to MaxRecordName bytes of
// [a-zA-Z0-9_=-], in parts with a '.' between them.
type Records interface {
	// Put stores a value and answers its revision, once it is as durable as an
	// acknowledged event. revision is that of the value it replaces, 0 where none
	// may be there. Errors wrap ErrConflict or ErrJournal, or are ctx's.
	Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error)

	// Delete deletes the record that has the revision. Errors wrap ErrConflict,
	// also when it is gone already, or ErrJournal, or are ctx's.
	Delete(ctx context.Context, name string, revision uint64) error

	// Get answers the newest value. Errors wrap ErrNoRecord or ErrJournal, or are
	// ctx's.
	Get(ctx context.Context, name string) (Record, error)

	// Watch delivers every record that is there, then calls ready, then delivers
	// every change as it happens, deletions too, from one goroutine. What has been
	// replaced or deleted before it could be delivered may be left out, its
	// successor is not; revisions rise. It returns
	// when ctx ends (ctx's error) or the store fails (wraps ErrJournal), never nil.
	// A caller begins anew then: what is not delivered before ready is gone.
	Watch(ctx context.Context, deliver func(Record), ready func()) error
}

// CheckRecordName answers what is wrong with a record's name, nil for nothing.
func CheckRecordName(name string) error {
	if name == "" || len(name) > MaxRecordName {
		return errors.New("a record's name is 1 to 128 bytes long")
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

// CheckRecord answers what is wrong with a record that is to be stored, nil for
// nothing.
func CheckRecord(name string, value []byte) error {
	if err := CheckRecordName(name); err != nil {
		return err
	}
	if len(value) > MaxRecordBytes {
		return fmt.Errorf("a record's value has %d bytes at most, not %d", MaxRecordBytes, len(value))
	}
	return nil
}
