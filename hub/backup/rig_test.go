package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"latido/hub"
	"latido/hub/backup"
	"latido/hub/hubtest"
	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/kv"
)

// opened is a journal with its records, as the program has them.
type opened struct {
	*journal.Journal
	records, tickets kv.Store
}

func (o *opened) Records() kv.Store { return o.records }
func (o *opened) Tickets() kv.Store { return o.tickets }

func (o *opened) Backup(ctx context.Context, w io.Writer) error {
	return backup.Write(ctx, o.Engine(), o.records, w, "test")
}

func bucket(t testing.TB, eng *engine.Engine, cfg kv.BucketConfig) kv.Store {
	t.Helper()
	b := kv.NewBucket(cfg, engine.IsFull)
	err := eng.Attach(context.Background(), engine.Part{
		Start: func(ctx context.Context, run *engine.Run) error { return b.Start(ctx, run) }, Stop: b.Stop,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What the tests do with a journal.
var (
	store   = hubtest.Store
	bounds  = hubtest.Bounds
	read    = hubtest.Follow
	waitFor = hubtest.WaitFor
)

// in is a journal's Config with defaults, for a folder.
func in(dir string) journal.Config { return journal.Config{Config: engine.Config{Dir: dir}} }

// open opens a journal that the test's end closes.
func open(t testing.TB, cfg journal.Config) *opened {
	t.Helper()
	j, err := journal.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	o := &opened{Journal: j}
	t.Cleanup(func() { closeJournal(t, o) })
	o.records, o.tickets = bucket(t, j.Engine(), kv.Access), bucket(t, j.Engine(), kv.Tickets)
	return o
}

func closeJournal(t testing.TB, j *opened) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// openRecords opens the records alone.
func openRecords(t testing.TB, cfg journal.Config) (kv.Store, func()) {
	t.Helper()
	eng, err := engine.Open(context.Background(), engine.Config{Dir: cfg.Dir})
	if err != nil {
		t.Fatal(err)
	}
	end := func() {
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(end)
	return bucket(t, eng, kv.Access), end
}

func backupFolder(ctx context.Context, cfg journal.Config, w io.Writer) error {
	return backup.Folder(ctx, engine.Config{Dir: cfg.Dir}, w, "test")
}

func restoreTo(ctx context.Context, cfg journal.Config, file io.ReadSeeker, force bool) (backup.Restored, error) {
	return backup.Restore(ctx, engine.Config{Dir: cfg.Dir}, file, force)
}

func draft(n int) hub.Draft {
	return hub.Draft{Name: "test_event", Channel: "general", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))}
}

// subject is that of a draft.
const subject = "latido.ev.Z2VuZXJhbA.0.test_event"

// sized is a draft whose data has n bytes.
func sized(n int) hub.Draft {
	d := draft(0)
	d.Data = json.RawMessage(`{"s":"` + strings.Repeat("x", n-8) + `"}`)
	return d
}

func put(t testing.TB, r kv.Store, name, value string, revision uint64) uint64 {
	t.Helper()
	now, err := r.Put(context.Background(), name, []byte(value), revision)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// backUp is the backup of a journal that is in use.
func backUp(t testing.TB, j *opened) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := j.Backup(context.Background(), &file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// restore makes a journal of a backup and opens it.
func restore(t testing.TB, file []byte) (*opened, backup.Restored) {
	t.Helper()
	cfg := in(filepath.Join(t.TempDir(), "journal"))
	r, err := restoreTo(context.Background(), cfg, bytes.NewReader(file), false)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, cfg), r
}
