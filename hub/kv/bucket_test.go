package kv_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/journal/engine/natstest"
	"latido/hub/kv"
)

// opened is an engine with buckets on it.
type opened struct {
	*engine.Engine
	records, tickets kv.Store
}

// attach opens a bucket on an engine.
func attach(ctx context.Context, eng *engine.Engine, cfg kv.BucketConfig) (kv.Store, error) {
	b := kv.NewBucket(cfg, engine.IsFull)
	start := func(ctx context.Context, run *engine.Run) error { return b.Start(ctx, run) }
	return b, eng.Attach(ctx, engine.Part{Start: start, Stop: b.Stop})
}

// open opens both buckets; the test's end closes them.
func open(t testing.TB, cfg engine.Config) *opened {
	t.Helper()
	eng, err := engine.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	o := &opened{Engine: eng}
	t.Cleanup(func() { closeEngine(t, o) })
	if o.records, err = attach(context.Background(), eng, kv.Access); err == nil {
		o.tickets, err = attach(context.Background(), eng, kv.Tickets)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func closeEngine(t testing.TB, o *opened) {
	t.Helper()
	if err := o.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// both are the buckets, each by its name.
func (o *opened) both() map[string]kv.Store {
	return map[string]kv.Store{"records": o.records, "tickets": o.tickets}
}

func TestConformance(t *testing.T) {
	for _, kind := range []string{"records", "tickets"} {
		t.Run(kind, func(t *testing.T) {
			hubtest.RunRecordsTests(t, func(t *testing.T) kv.Store {
				return open(t, engine.Config{Dir: filepath.Join(t.TempDir(), "made", "too")}).both()[kind]
			})
		})
	}
}

// TestClusterConformance: also where three servers have copies, and any of them may
// reply.
func TestClusterConformance(t *testing.T) {
	c := natstest.Start(t, 3)
	for _, kind := range []string{"records", "tickets"} {
		t.Run(kind, func(t *testing.T) {
			hubtest.RunRecordsTests(t, func(t *testing.T) kv.Store {
				t.Cleanup(c.Empty)
				return open(t, c.Config()).both()[kind]
			})
		})
	}
}

func put(t testing.TB, r kv.Store, name, value string, revision uint64) uint64 {
	t.Helper()
	now, err := r.Put(context.Background(), name, []byte(value), revision)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func wantRecord(t testing.TB, r kv.Store, name, value string) {
	t.Helper()
	got, err := r.Get(context.Background(), name)
	if value == "" && errors.Is(err, kv.ErrNotFound) {
		return
	}
	if err != nil || string(got.Value) != value {
		t.Errorf("%s is %q and %v, want %q", name, got.Value, err, value)
	}
}

// TestRecordsOutliveTheEngine, deletions too; tickets do not.
func TestRecordsOutliveTheEngine(t *testing.T) {
	for _, mode := range []engine.Durability{engine.Safe, engine.Fast} {
		cfg := engine.Config{Dir: t.TempDir(), Durability: mode}
		o := open(t, cfg)
		put(t, o.records, "user.1", "b", put(t, o.records, "user.1", "a", 0))
		last := put(t, o.records, "user.2", "a", 0)
		if err := o.records.Delete(t.Context(), "user.2", last); err != nil {
			t.Fatal(err)
		}
		put(t, o.tickets, "ticket", "a", 0)
		closeEngine(t, o)

		o = open(t, cfg)
		wantRecord(t, o.records, "user.1", "b")
		wantRecord(t, o.records, "user.2", "")
		wantRecord(t, o.tickets, "ticket", "")
		if again := put(t, o.records, "user.2", "c", 0); again <= last {
			t.Errorf("%s: the next revision is %d, %d has been", mode, again, last)
		}
	}
}

// TestTicketsGoByThemselves, and a watch is delivered that.
func TestTicketsGoByThemselves(t *testing.T) {
	if testing.Short() {
		t.Log("takes a ticket's minute: left to make test")
		return
	}
	j := open(t, engine.Config{Dir: t.TempDir()})
	first := put(t, j.tickets, "ticket", "a", 0)
	ctx, cancel := context.WithTimeout(t.Context(), 2*kv.TicketAge)
	defer cancel()
	err := j.tickets.Watch(ctx, func(r kv.Record) {
		if r.Name == "ticket" && r.Value == nil {
			cancel()
		}
	}, func() {})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("watch: %v, want it to deliver that the ticket has gone", err)
	}
	wantRecord(t, j.tickets, "ticket", "")
	_, err = j.tickets.Put(t.Context(), "ticket", []byte("b"), first)
	if !errors.Is(err, kv.ErrConflict) {
		t.Errorf("put over what has gone: %v", err)
	}
	put(t, j.tickets, "ticket", "b", 0)
}

// TestRecordsWithoutAnEngine return at once, whatever waits.
func TestRecordsWithoutAnEngine(t *testing.T) {
	j := open(t, engine.Config{Dir: t.TempDir()})
	put(t, j.records, "user.1", "a", 0)
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- j.records.Watch(context.Background(), func(kv.Record) {}, func() { close(ready) })
	}()
	<-ready
	closeEngine(t, j)
	wantUnavailable(t, "watch", <-ended)
	wantRecordsAway(t, j.records)
	wantRecordsAway(t, j.tickets)
}

func wantUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("%s: %v, want ErrUnavailable", what, err)
	}
}

// wantRecordsAway wants every call to fail in time.
func wantRecordsAway(t *testing.T, r kv.Store) {
	t.Helper()
	for what, call := range map[string]func() error{
		"put":    func() error { _, err := r.Put(t.Context(), "user.1", nil, 0); return err },
		"delete": func() error { return r.Delete(t.Context(), "user.1", 1) },
		"get":    func() error { _, err := r.Get(t.Context(), "user.1"); return err },
		"watch": func() error {
			return r.Watch(t.Context(), func(kv.Record) { t.Error("something is delivered") }, func() { t.Error("it is ready") })
		},
	} {
		start := time.Now()
		wantUnavailable(t, what, call())
		if took := time.Since(start); took > engine.DefaultTimeout+time.Second {
			t.Errorf("%s takes %s to say that there is no engine", what, took)
		}
	}
}

// TestRecordsWhileTheClusterIsAway: as with events, and they go on by themselves.
func TestRecordsWhileTheClusterIsAway(t *testing.T) {
	c := natstest.Start(t, 1)
	cfg := c.Config()
	cfg.Timeout = 0
	j := open(t, cfg)
	put(t, j.records, "user.1", "a", 0)
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- j.records.Watch(context.Background(), func(kv.Record) {}, func() { close(ready) })
	}()
	<-ready
	c.StopServer(0)
	wantUnavailable(t, "watch", <-ended)
	wantRecordsAway(t, j.records)
	c.StartServer(0)
	hubtest.WaitFor(t, "the records to go on", func() bool { _, err := j.records.Get(t.Context(), "user.1"); return err == nil })
	wantRecord(t, j.records, "user.1", "a")
}

// TestFolderOfRecords belongs to one process at a time, and is given back.
func TestFolderOfRecords(t *testing.T) {
	cfg := engine.Config{Dir: t.TempDir()}
	o := open(t, cfg)
	put(t, o.records, "user.1", "a", 0)
	if _, err := engine.Open(t.Context(), cfg); !errors.Is(err, engine.ErrLocked) {
		t.Errorf("a folder in use: %v, want ErrLocked", err)
	}
	closeEngine(t, o)
	wantRecordsAway(t, o.records)
	closeEngine(t, o) // a second time changes nothing
	wantRecord(t, open(t, cfg).records, "user.1", "a")
}

// TestEventsStay: their limits, their epoch and what is noted of the run before are
// left as they are when records are opened without them.
func TestEventsStay(t *testing.T) {
	cfg := journal.Config{Config: engine.Config{Dir: t.TempDir()}, MaxAge: 100 * 24 * time.Hour, MaxBytes: 3 << 30}
	openJournal := func() *journal.Journal {
		j, err := journal.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = j.Close() }) // checked below
		return j
	}
	j := openJournal()
	for range 2 {
		if _, err := j.Append(t.Context(), hub.Draft{Name: "e", Channel: "a", Data: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	was, err := j.Bounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(cfg.Dir, "latido.json")
	clean, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before := `{"durability":"fast","clean":false,"boot":"another","device":1}`
	if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	o := open(t, engine.Config{Dir: cfg.Dir})
	put(t, o.records, "user.3", "c", 0)
	closeEngine(t, o)
	if now, err := os.ReadFile(name); err != nil || string(now) != before {
		t.Errorf("the run before is noted as %s, it was %s (%v)", now, before, err)
	}
	if err := os.WriteFile(name, clean, 0o600); err != nil { // or the epoch changes, as it must
		t.Fatal(err)
	}
	j = openJournal()
	if b, err := j.Bounds(t.Context()); err != nil || b.Epoch != was.Epoch || b.First != 1 || b.Last != 2 {
		t.Errorf("bounds %+v and %v, want %+v", b, err, was)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMismatch: a cluster with another number of replicas is an error that says so, and
// several processes share what it stores.
func TestMismatch(t *testing.T) {
	c := natstest.Start(t, 1)
	first, second := open(t, c.Config()), open(t, c.Config())
	put(t, first.records, "user.1", "a", 0)
	wantRecord(t, second.records, "user.1", "a")
	closeEngine(t, first)
	wantRecord(t, second.records, "user.1", "a")
	cfg := c.Config()
	cfg.Cluster.Replicas = 3
	eng, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	_, err = attach(t.Context(), eng, kv.Access)
	if !errors.Is(err, engine.ErrMismatch) || !strings.Contains(err.Error(), "latido-") || !strings.Contains(err.Error(), "replicas 1") {
		t.Errorf("other replicas: %v, want ErrMismatch that names them", err)
	}
}
