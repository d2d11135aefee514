package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"latido/hub/kv"
)

// OpenRecords opens the Records alone, for a command that changes them while no
// server runs: those of a folder that nobody uses, which it takes, and makes when
// it is missing, or those of a cluster, which others may be using. Events are left
// as they are, under the limits and the epoch that they have. A change is durable
// as with Open. close ends every call in progress and gives the folder back; call
// it once the records are not needed any more. Errors wrap ErrConfig, ErrLocked,
// ErrUnreadable or ErrMismatch, or tell what failed; nothing is left running then.
func OpenRecords(ctx context.Context, cfg Config) (_ kv.Store, close func() error, err error) {
	cfg = cfg.withDefaults()
	defer func() {
		if err != nil {
			err = fmt.Errorf("open the records: %w", err)
		}
	}()
	if err := cfg.check(); err != nil {
		return nil, nil, err
	}
	giveBack := func() error { return nil }
	if cfg.Cluster == nil {
		lock, err := lockDir(cfg.Dir)
		if err != nil {
			return nil, nil, err
		}
		// The engine writes when it ends, and the journal may be marked as one whose
		// every file is on the disk.
		giveBack = func() error { return errors.Join(syncTree(cfg.Dir), lock.Close()) }
	}
	e, err := startForRecords(ctx, cfg)
	if err != nil {
		return nil, nil, errors.Join(err, giveBack())
	}
	j := &Journal{cfg: cfg}
	j.now.Store(e)
	return j.Records(), sync.OnceValue(func() error {
		j.now.Store(nil)
		e.stop()
		return giveBack()
	}), nil
}

// startForRecords is startEngine without events: the stream of them is neither made
// nor changed, and what is noted of the run before stays.
func startForRecords(ctx context.Context, cfg Config) (_ *engine, err error) {
	e := newEngine(cfg)
	defer func() {
		if err != nil {
			e.stop()
		}
	}()
	if err := e.backend.start(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	if err := e.openBuckets(ctx); err != nil {
		return nil, err
	}
	if cfg.Cluster != nil {
		return e, nil
	}
	return e, syncTree(cfg.Dir) // what can be read is on the disk
}
