package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latido/hub/hubtest"
	"latido/hub/journal"
	"latido/hub/kv"
)

// both are the records of a journal, each kind by its name.
func both(j *journal.Journal) map[string]kv.Store {
	return map[string]kv.Store{"records": j.Records(), "tickets": j.Tickets()}
}

func TestRecordsConformance(t *testing.T) {
	for _, kind := range []string{"records", "tickets"} {
		t.Run(kind, func(t *testing.T) {
			hubtest.RunRecordsTests(t, func(t *testing.T) kv.Store {
				return both(open(t, journal.Config{Dir: t.TempDir(), MaxEventBytes: 1000}))[kind]
			})
		})
	}
}

// TestClusterRecordsConformance: also where three servers keep them, and any of
// them may be asked.
func TestClusterRecordsConformance(t *testing.T) {
	c := startCluster(t, 3)
	for _, kind := range []string{"records", "tickets"} {
		t.Run(kind, func(t *testing.T) {
			hubtest.RunRecordsTests(t, func(t *testing.T) kv.Store {
				t.Cleanup(func() { c.empty(t) })
				return both(open(t, c.config()))[kind]
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

// TestRecordsOutliveTheJournal, deletions too; tickets do not.
func TestRecordsOutliveTheJournal(t *testing.T) {
	for _, mode := range []journal.Durability{journal.Safe, journal.Fast} {
		cfg := journal.Config{Dir: t.TempDir(), Durability: mode}
		j := open(t, cfg)
		store(t, j, draft(1))
		put(t, j.Records(), "user.1", "b", put(t, j.Records(), "user.1", "a", 0))
		last := put(t, j.Records(), "user.2", "a", 0)
		if err := j.Records().Delete(t.Context(), "user.2", last); err != nil {
			t.Fatal(err)
		}
		put(t, j.Tickets(), "ticket", "a", 0)
		closeJournal(t, j)

		j = open(t, cfg)
		wantRecord(t, j.Records(), "user.1", "b")
		wantRecord(t, j.Records(), "user.2", "")
		wantRecord(t, j.Tickets(), "ticket", "")
		if again := put(t, j.Records(), "user.2", "c", 0); again <= last {
			t.Errorf("%s: the next revision is %d, %d has been", mode, again, last)
		}
		if b := bounds(t, j); b.Last != 1 {
			t.Errorf("%s: %d events are stored, want 1", mode, b.Last)
		}
	}
}

// TestTicketsGoByThemselves, and those who watch hear of it.
func TestTicketsGoByThemselves(t *testing.T) {
	if testing.Short() {
		t.Log("takes a ticket's minute: left to make test")
		return
	}
	j := open(t, journal.Config{Dir: t.TempDir()})
	first := put(t, j.Tickets(), "ticket", "a", 0)
	ctx, cancel := context.WithTimeout(t.Context(), 2*journal.TicketAge)
	defer cancel()
	err := j.Tickets().Watch(ctx, func(r kv.Record) {
		if r.Name == "ticket" && r.Value == nil {
			cancel()
		}
	}, func() {})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("watch: %v, want it to hear that the ticket has gone", err)
	}
	wantRecord(t, j.Tickets(), "ticket", "")
	_, err = j.Tickets().Put(t.Context(), "ticket", []byte("b"), first)
	if !errors.Is(err, kv.ErrConflict) {
		t.Errorf("put over what has gone: %v", err)
	}
	put(t, j.Tickets(), "ticket", "b", 0)
}

// TestRecordsWithoutAnEngine answer at once, whoever waits.
func TestRecordsWithoutAnEngine(t *testing.T) {
	j := open(t, journal.Config{Dir: t.TempDir()})
	put(t, j.Records(), "user.1", "a", 0)
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- j.Records().Watch(context.Background(), func(kv.Record) {}, func() { close(ready) })
	}()
	<-ready
	closeJournal(t, j)
	wantUnavailable(t, "watch", <-ended)
	wantRecordsAway(t, j.Records())
	wantRecordsAway(t, j.Tickets())
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
		if took := time.Since(start); took > journal.DefaultTimeout+time.Second {
			t.Errorf("%s takes %s to say that nobody is there", what, took)
		}
	}
}

// TestRecordsWhileTheClusterIsAway: as with events, and they go on by themselves.
func TestRecordsWhileTheClusterIsAway(t *testing.T) {
	c := startCluster(t, 1)
	cfg := c.config()
	cfg.Timeout = 0
	j := open(t, cfg)
	put(t, j.Records(), "user.1", "a", 0)
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- j.Records().Watch(context.Background(), func(kv.Record) {}, func() { close(ready) })
	}()
	<-ready
	c.stop(0)
	wantUnavailable(t, "watch", <-ended)
	wantRecordsAway(t, j.Records())
	c.start(0)
	waitFor(t, "the journal to go on", func() bool { return j.Healthy(t.Context()) == nil })
	waitFor(t, "the records to go on", func() bool { _, err := j.Records().Get(t.Context(), "user.1"); return err == nil })
	wantRecord(t, j.Records(), "user.1", "a")
}

// openRecords opens records alone; the test's end closes them.
func openRecords(t *testing.T, cfg journal.Config) (kv.Store, func()) {
	t.Helper()
	r, end, err := journal.OpenRecords(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	closeAll := func() {
		if err := end(); err != nil {
			t.Errorf("close the records: %v", err)
		}
	}
	t.Cleanup(closeAll)
	return r, closeAll
}

func TestOpenRecordsConformance(t *testing.T) {
	hubtest.RunRecordsTests(t, func(t *testing.T) kv.Store {
		r, _ := openRecords(t, journal.Config{Dir: filepath.Join(t.TempDir(), "made", "too")})
		return r
	})
}

// TestOpenRecordsBesideTheServer: what one has stored the other finds, the folder
// belongs to one at a time, and events, their limits and their epoch stay.
func TestOpenRecordsBesideTheServer(t *testing.T) {
	cfg := journal.Config{Dir: t.TempDir(), MaxAge: 100 * 24 * time.Hour, MaxBytes: 3 << 30}
	alone := journal.Config{Dir: cfg.Dir}
	r, end := openRecords(t, alone)
	put(t, r, "user.1", "a", 0)
	for _, open := range []func() error{
		func() error { _, _, err := journal.OpenRecords(t.Context(), alone); return err },
		func() error { _, err := journal.Open(t.Context(), cfg); return err },
	} {
		if err := open(); !errors.Is(err, journal.ErrLocked) {
			t.Errorf("a folder in use: %v, want ErrLocked", err)
		}
	}
	end()
	wantRecordsAway(t, r)
	end() // a second time is nothing new

	j := open(t, cfg)
	wantRecord(t, j.Records(), "user.1", "a")
	put(t, j.Records(), "user.2", "b", 0)
	store(t, j, draft(1), draft(2))
	was := bounds(t, j)
	if _, _, err := journal.OpenRecords(t.Context(), alone); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("under a server: %v, want ErrLocked", err)
	}
	closeJournal(t, j)
	name := filepath.Join(cfg.Dir, "latido.json")
	clean, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	mark := `{"durability":"fast","clean":false,"boot":"another","device":1}`
	if err := os.WriteFile(name, []byte(mark), 0o600); err != nil {
		t.Fatal(err)
	}

	r, end = openRecords(t, alone)
	wantRecord(t, r, "user.2", "b")
	put(t, r, "user.3", "c", 0)
	end()
	if now, err := os.ReadFile(name); err != nil || string(now) != mark {
		t.Errorf("the run before is noted as %s, it was %s (%v)", now, mark, err)
	}
	if err := os.WriteFile(name, clean, 0o600); err != nil { // or the epoch changes, as it must
		t.Fatal(err)
	}
	j = open(t, cfg)
	wantRecord(t, j.Records(), "user.3", "c")
	if b := bounds(t, j); b.Epoch != was.Epoch || b.First != 1 || b.Last != 2 {
		t.Errorf("bounds %+v, want %+v", b, was)
	}
}

// TestOpenRecordsRefusals name what is wrong.
func TestOpenRecordsRefusals(t *testing.T) {
	if _, _, err := journal.OpenRecords(t.Context(), journal.Config{}); !errors.Is(err, journal.ErrConfig) {
		t.Errorf("no folder: %v, want ErrConfig", err)
	}
	dir := t.TempDir()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := journal.OpenRecords(ended, journal.Config{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	_, end := openRecords(t, journal.Config{Dir: dir}) // it was given back
	end()
}

// TestOpenRecordsOfACluster, which a server uses at the same time; another number
// of replicas is told.
func TestOpenRecordsOfACluster(t *testing.T) {
	c := startCluster(t, 1)
	first, end := openRecords(t, c.config()) // it makes the bucket
	put(t, first, "user.1", "a", 0)
	j := open(t, c.config())
	wantRecord(t, j.Records(), "user.1", "a")
	second, _ := openRecords(t, c.config())
	put(t, j.Records(), "user.2", "b", 0)
	wantRecord(t, second, "user.2", "b")
	end()
	wantRecord(t, j.Records(), "user.1", "a")
	cfg := c.config()
	cfg.Cluster.Replicas = 3
	_, _, err := journal.OpenRecords(t.Context(), cfg)
	if !errors.Is(err, journal.ErrMismatch) || !strings.Contains(err.Error(), "latido-") || !strings.Contains(err.Error(), "replicas 1") {
		t.Errorf("other replicas: %v, want ErrMismatch that names them", err)
	}
}
