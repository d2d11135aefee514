package backup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"latido/hub/kv"
)

// readRecords returns all records of a store, in order of their names.
func readRecords(ctx context.Context, from kv.Store) ([]kv.Record, error) {
	limited, cancel := context.WithTimeoutCause(ctx, replyWait, errNoReply)
	defer cancel()
	found := map[string]kv.Record{}
	all := false
	reading, done := context.WithCancel(limited)
	defer done()
	err := from.Watch(reading, func(r kv.Record) {
		if all {
			return // it has been stored since
		}
		if found[r.Name] = r; r.Value == nil {
			delete(found, r.Name)
		}
	}, func() { all = true; done() })
	switch {
	case limited.Err() != nil:
		return nil, context.Cause(limited)
	case !all:
		return nil, fmt.Errorf("read the records: %w", err)
	}
	return slices.SortedFunc(maps.Values(found), func(a, b kv.Record) int { return strings.Compare(a.Name, b.Name) }), nil
}
