//go:build unix

package main

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"latido/hub/hubtest"
	"latido/hub/kv"
)

// recordsOnly is a journal whose records the socket offers.
type recordsOnly struct{ records kv.Store }

func (r recordsOnly) Backup(context.Context, io.Writer, string) error { return kv.ErrUnavailable }
func (r recordsOnly) Records() kv.Store                               { return r.records }

// TestRecordsOverTheSocket: they keep the contract of kv.Store, as the commands
// need it.
func TestRecordsOverTheSocket(t *testing.T) {
	hubtest.RunRecordsTests(t, func(t *testing.T) kv.Store {
		cfg := serveConfig{Data: t.TempDir()}
		c := openControl(cfg, recordsOnly{hubtest.NewRecords()}, slog.New(slog.DiscardHandler), slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		records, err := openSocketRecords(t.Context(), cfg.Data)
		if err != nil {
			t.Fatal(err)
		}
		return records
	})
}
