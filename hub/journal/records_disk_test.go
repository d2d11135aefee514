package journal

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub/kv"

	"github.com/nats-io/nats.go"
)

// inAccess reports whether a file is the records'.
func inAccess(f *os.File) bool { return strings.Contains(f.Name(), "KV_"+accessBucket) }

// TestRecordsAreShownWhenDurable holds the disk back: who stores or deletes is not
// answered, and nobody is shown what was stored, until the disk has it.
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
			j := openWith(t, Config{Dir: t.TempDir(), Timeout: time.Minute, force: func(f *os.File) error {
				if inAccess(f) && hold.Load() {
					syncing <- struct{}{}
					<-goOn
				}
				return dataSync(f)
			}})
			t.Cleanup(release) // before the journal is closed
			r := j.Records()
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
				t.Fatalf("answered without the disk: %v", err)
			}
			go func() {
				if now, err := r.Get(ctx, "a"); err == nil {
					got <- now
				}
			}()
			select {
			case err := <-done:
				t.Errorf("answered before it was on the disk: %v", err)
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

// TestDiskThatFailsUnderRecordsIsTold: for good, and to publishers of events as
// well: it is the same disk.
func TestDiskThatFailsUnderRecordsIsTold(t *testing.T) {
	broken := errors.New("input/output error")
	var fail atomic.Bool
	j := openWith(t, Config{Dir: t.TempDir(), force: func(f *os.File) error {
		if fail.Load() && inAccess(f) {
			return broken
		}
		return dataSync(f)
	}})
	r := j.Records()
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
	if err := j.Healthy(t.Context()); !errors.Is(err, broken) {
		t.Errorf("its health: %v", err)
	}
}

// TestRecordsGoOnWithTheEngine: a Watch ends with its run of the engine, the rest
// goes on with the next one, and nothing is lost.
func TestRecordsGoOnWithTheEngine(t *testing.T) {
	j := openWith(t, Config{Dir: t.TempDir()})
	r := j.Records()
	revision, err := r.Put(t.Context(), "a", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- r.Watch(context.Background(), func(kv.Record) {}, func() { close(ready) }) }()
	<-ready
	old := j.now.Load()
	cause := errors.New("as a test wants")
	old.fail(cause)
	if _, err := r.Put(t.Context(), "a", []byte("2"), revision); !errors.Is(err, kv.ErrUnavailable) || !errors.Is(err, cause) {
		t.Errorf("put on a broken engine: %v", err)
	}
	if err := <-ended; !errors.Is(err, kv.ErrUnavailable) {
		t.Errorf("watch: %v, want ErrJournal", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for e := old; e == old || e == nil; e = j.now.Load() {
		<-tick.C
	}
	if now, err := r.Get(t.Context(), "a"); err != nil || now.Revision != revision {
		t.Errorf("after the restart: %+v, %v", now, err)
	}
	if _, err := r.Put(t.Context(), "a", []byte("2"), revision); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if _, err := j.Tickets().Put(t.Context(), "a", []byte("1"), 0); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

// TestDeletionsLeaveNothing behind for good, also when the name is not used again.
func TestDeletionsLeaveNothing(t *testing.T) {
	j := openWith(t, Config{Dir: t.TempDir()})
	b := j.now.Load().buckets[accessBucket]
	if b.marker != markerAge {
		t.Errorf("deletions are remembered for %s", b.marker)
	}
	b.marker = time.Second
	for _, name := range []string{"a", "b", "c"} {
		revision, err := j.Records().Put(t.Context(), name, []byte("1"), 0)
		if err == nil {
			err = j.Records().Delete(t.Context(), name, revision)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	stored := func() uint64 {
		status, err := b.kv.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return status.Values()
	}
	if n := stored(); n != 3 {
		t.Errorf("%d are kept, want 3 markers", n)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); stored() > 0; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%d markers stay", stored())
		}
	}
	if _, err := j.Records().Put(t.Context(), "a", []byte("2"), 0); err != nil {
		t.Error(err)
	}
	ready := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go j.Records().Watch(ctx, func(r kv.Record) {
		if r.Name != "a" {
			t.Errorf("%s is delivered", r.Name)
		}
	}, func() { close(ready) })
	<-ready
}

// TestWatchWhereTheNewestHasGone: it is ready where the newest revision is one that
// has gone by itself meanwhile.
func TestWatchWhereTheNewestHasGone(t *testing.T) {
	j := openWith(t, Config{Dir: t.TempDir()})
	for _, name := range []string{"a", "b"} {
		if _, err := j.Records().Put(t.Context(), name, []byte("1"), 0); err != nil {
			t.Fatal(err)
		}
	}
	e := j.now.Load()
	b := e.buckets[accessBucket]
	r, err := e.openRecordReader(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	ready := make(chan struct{})
	w := e.newRecordWatch(b, r, func(kv.Record) {}, func() { close(ready) })
	w.goal = 100 // was there when it was asked for, and is not any more
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if _, _, err := r.next(ctx); err != nil {
				return
			}
		}
	}()
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		t.Error("it is never ready")
	}
	cancel()
	<-ended
}

// TestRecordsThatCannotBeRead are never taken for none: that would let everybody in.
func TestRecordsThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Records().Put(t.Context(), "a", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	meta := streamDir(dir, "KV_"+accessBucket) + "/meta.inf"
	whole, err := os.ReadFile(meta)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(meta, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if j, err := Open(t.Context(), Config{Dir: dir}); !errors.Is(err, ErrUnreadable) {
		if err == nil {
			j.Close()
		}
		t.Errorf("open: %v, want ErrUnreadable", err)
	}
	if err := os.WriteFile(meta, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	j = openWith(t, Config{Dir: dir})
	if now, err := j.Records().Get(t.Context(), "a"); err != nil || string(now.Value) != "1" {
		t.Errorf("put back: %q, %v", now.Value, err)
	}
}

// TestQuestionThatNobodyHears is asked again: while servers find out who leads a
// bucket, one that is asked once waits for all its time.
func TestQuestionThatNobodyHears(t *testing.T) {
	l := actor(t, nil)
	var asked atomic.Int32
	b := &bucket{conn: l.conn, stream: "KV_" + accessBucket, subject: "$KV." + accessBucket + "."}
	if _, err := l.conn.Subscribe("$JS.API.STREAM.MSG.GET."+b.stream, func(m *nats.Msg) {
		if asked.Add(1) > 1 {
			_ = m.Respond([]byte(`{"message":{"subject":"$KV.latido-access.a","seq":7,"data":"MQ=="}}`)) // the test sees it
		}
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), DefaultTimeout)
	defer cancel()
	if k, err := b.last(ctx, "a"); err != nil || k.revision != 7 || string(k.value) != "1" || !k.there() {
		t.Errorf("%+v and %v after %d questions", k, err, asked.Load())
	}
}
