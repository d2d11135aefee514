package kv_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub/journal/engine"
	"latido/hub/journal/fsync"
	"latido/hub/kv"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// inAccess reports whether a file is the records'.
func inAccess(f *os.File) bool { return strings.Contains(f.Name(), kv.Access.Stream()) }

// TestRecordsAreShownWhenDurable blocks the disk: Put and Delete do
// not return, and no reader is shown what was stored, until the disk has it.
func TestRecordsAreShownWhenDurable(t *testing.T) {
	for name, change := range map[string]func(context.Context, kv.Store, uint64) error{
		"put": func(ctx context.Context, r kv.Store, revision uint64) error {
			_, err := r.Put(ctx, "a", []byte("2"), revision)
			return err
		},
		"delete": func(ctx context.Context, r kv.Store, revision uint64) error { return r.Delete(ctx, "a", revision) },
	} {
		t.Run(name, func(t *testing.T) {
			var hold atomic.Bool
			goOn, syncing := make(chan struct{}), make(chan struct{}, 100)
			release := sync.OnceFunc(func() { close(goOn) })
			j := open(t, engine.Config{Dir: t.TempDir(), Timeout: time.Minute, Force: func(f *os.File) error {
				if inAccess(f) && hold.Load() {
					syncing <- struct{}{}
					<-goOn
				}
				return fsync.DataSync(f)
			}})
			t.Cleanup(release) // before the journal is closed
			r := j.records
			revision, err := r.Put(t.Context(), "a", []byte("1"), 0)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done, got, seen, ready := make(chan error, 1), make(chan kv.Record, 1), make(chan kv.Record, 10), make(chan struct{})
			go r.Watch(ctx, func(r kv.Record) { seen <- r }, func() { close(ready) })
			<-ready
			<-seen
			hold.Store(true)
			go func() { done <- change(ctx, r, revision) }()
			select {
			case <-syncing:
			case err := <-done:
				t.Fatalf("returned without the disk: %v", err)
			}
			go func() {
				if now, err := r.Get(ctx, "a"); err == nil {
					got <- now
				}
			}()
			select {
			case err := <-done:
				t.Errorf("returned before it was on the disk: %v", err)
			case now := <-got:
				t.Errorf("read before it was on the disk: %q", now.Value)
			case now := <-seen:
				t.Fatalf("shown before it was on the disk: %q", now.Value)
			case <-time.After(200 * time.Millisecond): // there is nothing else to wait for
			}
			release()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if now := <-seen; now.Revision <= revision {
				t.Errorf("shown at %d", now.Revision)
			}
		})
	}
}

// TestDiskThatFailsUnderRecordsIsReported, for good, and to publishers of events as
// well: it is the same disk.
func TestDiskThatFailsUnderRecordsIsReported(t *testing.T) {
	broken := errors.New("input/output error")
	var fail atomic.Bool
	j := open(t, engine.Config{Dir: t.TempDir(), Force: func(f *os.File) error {
		if fail.Load() && inAccess(f) {
			return broken
		}
		return fsync.DataSync(f)
	}})
	r := j.records
	if _, err := r.Put(t.Context(), "a", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	fail.Store(true)
	for range 2 {
		if _, err := r.Put(t.Context(), "b", []byte("1"), 0); !errors.Is(err, kv.ErrUnavailable) || !errors.Is(err, broken) {
			t.Errorf("put: %v", err)
		}
		fail.Store(false) // a later sync that succeeds proves nothing
	}
	if _, err := r.Get(t.Context(), "b"); !errors.Is(err, broken) {
		t.Errorf("what is not on the disk is read: %v", err)
	}
	if now, err := r.Get(t.Context(), "a"); err != nil || string(now.Value) != "1" {
		t.Errorf("what is on the disk: %q, %v", now.Value, err)
	}
	run, err := j.Run()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Refusal(); !errors.Is(err, broken) {
		t.Errorf("events are refused for %v", err)
	}
}

// TestRecordsGoOnWithTheEngine: a Watch ends with its run of the engine, the rest
// goes on with the next one, and nothing is lost.
func TestRecordsGoOnWithTheEngine(t *testing.T) {
	j := open(t, engine.Config{Dir: t.TempDir()})
	r := j.records
	revision, err := r.Put(t.Context(), "a", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- r.Watch(context.Background(), func(kv.Record) {}, func() { close(ready) }) }()
	<-ready
	old, err := j.Run()
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("failed by the test")
	old.Fail(cause)
	if _, err := r.Put(t.Context(), "a", []byte("2"), revision); !errors.Is(err, kv.ErrUnavailable) || !errors.Is(err, cause) {
		t.Errorf("put on a broken engine: %v", err)
	}
	if err := <-ended; !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("watch: %v, want ErrUnavailable", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for r := old; r == old || r == nil; r, _ = j.Run() {
		<-tick.C
	}
	if now, err := r.Get(t.Context(), "a"); err != nil || now.Revision != revision {
		t.Errorf("after the restart: %+v, %v", now, err)
	}
	if _, err := r.Put(t.Context(), "a", []byte("2"), revision); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if _, err := j.tickets.Put(t.Context(), "a", []byte("1"), 0); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

// TestDeletionsLeaveNothing behind for good, also when the name is not used again.
func TestDeletionsLeaveNothing(t *testing.T) {
	eng, err := engine.Open(t.Context(), engine.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	j := &opened{Engine: eng}
	t.Cleanup(func() { closeEngine(t, j) })
	brief := kv.Access
	brief.MarkerAge = time.Second
	if j.records, err = attach(t.Context(), eng, brief); err != nil {
		t.Fatal(err)
	}
	run, err := eng.Run()
	if err != nil {
		t.Fatal(err)
	}
	js, err := run.Connect("test")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		revision, err := j.records.Put(t.Context(), name, []byte("1"), 0)
		if err == nil {
			err = j.records.Delete(t.Context(), name, revision)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	stored := func() uint64 {
		s, err := js.Stream(t.Context(), brief.Stream())
		if err != nil {
			t.Fatal(err)
		}
		return s.CachedInfo().State.Msgs
	}
	if n := stored(); n != 3 {
		t.Errorf("%d are stored, want 3 markers", n)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); stored() > 0; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%d markers stay", stored())
		}
	}
	if _, err := j.records.Put(t.Context(), "a", []byte("2"), 0); err != nil {
		t.Error(err)
	}
	ready := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go j.records.Watch(ctx, func(r kv.Record) {
		if r.Name != "a" {
			t.Errorf("%s is delivered", r.Name)
		}
	}, func() { close(ready) })
	<-ready
}

// goneRun has the newest revision go before it can be read.
type goneRun struct {
	*engine.Run
	js jetstream.JetStream
}

func (r goneRun) Read(ctx context.Context, stream, subject string, from uint64, known func() uint64, idle func(context.Context) error,
	deliver func(context.Context, *nats.Msg, uint64) error) error {
	s, err := r.js.Stream(ctx, stream)
	if err == nil {
		err = s.Purge(ctx, jetstream.WithPurgeSubject("$KV.latido-access.b"))
	}
	if err != nil {
		return err
	}
	return r.Run.Read(ctx, stream, subject, from, known, idle, deliver)
}

// TestWatchWhereTheNewestHasGone: it is ready where the newest revision is one that has
// gone by itself meanwhile.
func TestWatchWhereTheNewestHasGone(t *testing.T) {
	j := open(t, engine.Config{Dir: t.TempDir()})
	for _, name := range []string{"a", "b"} {
		put(t, j.records, name, "1", 0)
	}
	run, err := j.Run()
	if err != nil {
		t.Fatal(err)
	}
	js, err := run.Connect("test")
	if err != nil {
		t.Fatal(err)
	}
	b := kv.NewBucket(kv.Access, engine.IsFull)
	if err := b.Start(t.Context(), goneRun{run, js}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = b.Watch(ctx, func(r kv.Record) {
		if r.Name != "a" {
			t.Errorf("%s is delivered", r.Name)
		}
	}, cancel)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it is never ready: %v", err)
	}
}

// TestRecordsThatCannotBeRead are never taken for none: access would be open to everybody.
func TestRecordsThatCannotBeRead(t *testing.T) {
	cfg := engine.Config{Dir: t.TempDir()}
	o := open(t, cfg)
	put(t, o.records, "a", "1", 0)
	closeEngine(t, o)
	meta := filepath.Join(filepath.Dir(engine.MessagesDir(cfg.Dir, kv.Access.Stream())), "meta.inf")
	whole, err := os.ReadFile(meta)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(meta, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	eng, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attach(t.Context(), eng, kv.Access); !errors.Is(err, engine.ErrUnreadable) {
		t.Errorf("open: %v, want ErrUnreadable", err)
	}
	if err := eng.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(meta, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	wantRecord(t, open(t, cfg).records, "a", "1")
}

// silentRun does not reply to the first request for a record.
type silentRun struct {
	kv.Run
	conn *nats.Conn
}

func (r silentRun) Connect(string) (jetstream.JetStream, error) { return jetstream.New(r.conn) }

func (r silentRun) OpenBucket(ctx context.Context, js jetstream.JetStream, _ jetstream.KeyValueConfig) (jetstream.KeyValue, jetstream.Stream, error) {
	leader, err := engine.LeaderStream(ctx, js, kv.Access.Stream())
	return nil, leader, err
}

func (r silentRun) Within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, engine.DefaultTimeout)
	defer cancel()
	return do(ctx)
}

func (r silentRun) Durable(context.Context, string, uint64, bool) error { return nil }

// TestRequestThatIsNotReceived is repeated: while servers elect the leader of a bucket,
// a request that is made once would wait for all its time.
func TestRequestThatIsNotReceived(t *testing.T) {
	srv, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true}) // and no JetStream, which would reply
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	conn, err := nats.Connect("", nats.InProcessServer(srv))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if _, err := conn.Subscribe("$JS.API.STREAM.INFO."+kv.Access.Stream(), func(m *nats.Msg) {
		_ = m.Respond([]byte(`{"config":{"name":"KV_latido-access","allow_direct":true}}`)) // the test sees it
	}); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	if _, err := conn.Subscribe("$JS.API.STREAM.MSG.GET."+kv.Access.Stream(), func(m *nats.Msg) {
		if asked.Add(1) > 1 {
			_ = m.Respond([]byte(`{"message":{"subject":"$KV.latido-access.a","seq":7,"data":"MQ=="}}`)) // the test sees it
		}
	}); err != nil {
		t.Fatal(err)
	}
	b := kv.NewBucket(kv.Access, engine.IsFull)
	if err := b.Start(t.Context(), silentRun{conn: conn}); err != nil {
		t.Fatal(err)
	}
	if r, err := b.Get(t.Context(), "a"); err != nil || r.Revision != 7 || string(r.Value) != "1" {
		t.Errorf("%+v and %v after %d requests", r, err, asked.Load())
	}
}
