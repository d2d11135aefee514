package main

import (
	"context"
	"errors"

	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/kv"
)

// store is all that the process stores: events, and the records beside them.
type store struct {
	*journal.Journal
	records, tickets kv.Store
}

// openStore opens events and records; Close closes both.
func openStore(ctx context.Context, cfg journal.Config) (*store, error) {
	j, err := journal.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &store{Journal: j}
	if s.records, err = openBucket(ctx, j.Engine(), kv.Access); err == nil {
		s.tickets, err = openBucket(ctx, j.Engine(), kv.Tickets)
	}
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return s, nil
}

// openBucket opens records on an engine, with which they end.
func openBucket(ctx context.Context, eng *engine.Engine, cfg kv.BucketConfig) (kv.Store, error) {
	b := kv.NewBucket(cfg, engine.IsFull)
	start := func(ctx context.Context, run *engine.Run) error { return b.Start(ctx, run) }
	return b, eng.Attach(ctx, engine.Part{Start: start, Stop: b.Stop})
}

// openRecords opens the records alone, for a command that changes them while no server
// runs on the folder, or beside those of a cluster. Events are left as they are. close
// ends every call in progress and gives the folder back.
func openRecords(ctx context.Context, cfg engine.Config) (_ kv.Store, close func() error, err error) {
	eng, err := engine.Open(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	records, err := openBucket(ctx, eng, kv.Access)
	if err != nil {
		return nil, nil, errors.Join(err, eng.Close())
	}
	return records, eng.Close, nil
}
