package backup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/backup"
	"latido/hub/journal"
	"latido/hub/journal/engine"
)

// same wants two journals' events to be alike in everything but the epoch.
func same(t testing.TB, got, want []*hub.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.ID.Seq != w.ID.Seq || !g.Time.Equal(w.Time) || string(g.Data) != string(w.Data) ||
			g.Name != w.Name || g.Channel != w.Channel || g.User != w.User {
			t.Fatalf("event %d is %d %v %s %s %d %.60s, want %d %v %s %s %d %.60s", i, g.ID.Seq, g.Time, g.Name, g.Channel, g.User, g.Data,
				w.ID.Seq, w.Time, w.Name, w.Channel, w.User, w.Data)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Timeout: time.Minute}, MaxEventBytes: 8 << 20})
	keyed, toUser, large, sample := draft(2), draft(3), sized(8<<20), draft(5)
	keyed.Key, toUser.Channel, toUser.User = "k", "", 7
	sample.Channel, sample.Ephemeral = "metrics", true
	store(t, j, draft(1), keyed, toUser, large, sample, draft(6))
	before := bounds(t, j)
	file := backUp(t, j)
	store(t, j, draft(7))

	again, r := restore(t, file)
	if r.Events != 6 || r.First != 1 || r.Last != 6 || r.Epoch != before.Epoch || r.Version != "test" || r.Aside != "" {
		t.Errorf("restored %+v", r)
	}
	after := bounds(t, again)
	if after.Epoch == before.Epoch || after.Epoch != r.NewEpoch || after.First != 1 || after.Last != 6 {
		t.Errorf("bounds %+v, want sequences 1 to 6 of the epoch %s, which is not %s", after, r.NewEpoch, before.Epoch)
	}
	if !slices.Equal(after.EphemeralTopics, before.EphemeralTopics) || len(after.EphemeralTopics) == 0 {
		t.Errorf("ephemeral events are of %v, want %v", after.EphemeralTopics, before.EphemeralTopics)
	}
	same(t, read(t, again, 1, 6), read(t, j, 1, 6))
	if d := store(t, again, keyed)[0]; !d.Duplicate || d.ID.Seq != 2 {
		t.Errorf("the key again: %+v, want a duplicate of 2", d)
	}
	if next := store(t, again, draft(8))[0].ID; next.Seq != 7 {
		t.Errorf("the next event is %s, want sequence 7", next)
	}
}

func TestRestoredEpochStays(t *testing.T) {
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Durability: engine.Fast}})
	store(t, j, draft(1))
	again, r := restore(t, backUp(t, j))
	if b := bounds(t, again); b.Epoch != r.NewEpoch {
		t.Errorf("the first start gave the epoch %s, restored was %s", b.Epoch, r.NewEpoch)
	}
	other, s := restore(t, backUp(t, again))
	if b := bounds(t, other); s.NewEpoch == r.NewEpoch || b.Last != 1 {
		t.Errorf("restored again: %+v, the epoch before was %s", b, r.NewEpoch)
	}
}

func TestBackupOfAnEmptyJournal(t *testing.T) {
	again, r := restore(t, backUp(t, open(t, in(t.TempDir()))))
	if b := bounds(t, again); r.Events != 0 || b.Last != 0 || b.First != 1 {
		t.Errorf("restored %+v with bounds %+v, want no events", r, b)
	}
	if id := store(t, again, draft(1))[0].ID; id.Seq != 1 {
		t.Errorf("the first event is %s", id)
	}
}

// TestBackupWhilePublishing: everything that was acknowledged before it began
// is in it, and nothing is out of order, however many publish meanwhile.
func TestBackupWhilePublishing(t *testing.T) {
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Durability: engine.Fast}})
	store(t, j, slices.Repeat([]hub.Draft{noise(20_000)}, 200)...)
	for range 3 {
		ctx, stop := context.WithCancel(t.Context())
		var acked atomic.Uint64
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for ctx.Err() == nil {
					r, err := j.Append(t.Context(), sized(300))
					if err != nil {
						t.Errorf("append during a backup: %v", err)
						return
					}
					for seen := acked.Load(); r.ID.Seq > seen && !acked.CompareAndSwap(seen, r.ID.Seq); seen = acked.Load() {
					}
				}
			})
		}
		waitFor(t, "events", func() bool { return acked.Load() > 0 })
		before := acked.Load()
		file := backUp(t, j)
		during := acked.Load() - before
		stop()
		writers.Wait()
		again, info := restore(t, file)
		if info.Last < before || info.Events != info.Last || during == 0 {
			t.Errorf("the backup holds %d events up to %d; %d was acknowledged before it, and %d more meanwhile", info.Events, info.Last, before, during)
		}
		same(t, read(t, again, 1, info.Last), read(t, j, 1, info.Last))
	}
}

// noise is a draft whose data has about n bytes that cannot be compressed much.
func noise(n int) hub.Draft {
	raw := make([]byte, n*3/4)
	_, _ = rand.Read(raw) // it never fails
	d := draft(0)
	d.Data = json.RawMessage(`{"s":"` + base64.StdEncoding.EncodeToString(raw) + `"}`)
	return d
}

// gate blocks every Write until it is opened.
type gate struct {
	bytes.Buffer
	once    sync.Once
	reached chan struct{}
	opened  chan struct{}
}

func newGate() *gate { return &gate{reached: make(chan struct{}), opened: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) {
	g.once.Do(func() { close(g.reached) })
	<-g.opened
	return g.Buffer.Write(p)
}

// TestBackupWhileRetentionDrops: what goes while a backup is written is missing
// at its beginning, and all the rest is in it.
func TestBackupWhileRetentionDrops(t *testing.T) {
	const event = 64 << 10
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Durability: engine.Fast}, MaxBytes: 300 * event, MaxEventBytes: event})
	for range 250 {
		store(t, j, noise(event-100))
	}
	g, done := newGate(), make(chan error)
	go func() { done <- j.Backup(t.Context(), g) }()
	<-g.reached
	store(t, j, slices.Repeat([]hub.Draft{sized(event)}, 150)...)
	close(g.opened)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	info, err := backup.Check(bytes.NewReader(g.Bytes()))
	if err != nil || info.First != 1 || info.Last != 250 || info.Events >= 250 || info.Events < 100 {
		t.Fatalf("the backup holds %d events of %d to %d, and %v", info.Events, info.First, info.Last, err)
	}
	again, _ := restore(t, g.Bytes())
	events := read(t, again, 1, 250)
	if uint64(len(events)) != info.Events {
		t.Errorf("%d events restored, want %d", len(events), info.Events)
	}
	store(t, again, draft(251))
	if b := bounds(t, again); b.Last != 251 {
		t.Errorf("bounds %+v after an event more, want it to be 251", b)
	}
}

// TestBackupThatIsNotTaken ends, and leaves a journal that can be backed up.
func TestBackupThatIsNotTaken(t *testing.T) {
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Durability: engine.Fast}})
	store(t, j, slices.Repeat([]hub.Draft{noise(100_000)}, 50)...)
	broken := errors.New("broken pipe")
	if err := j.Backup(t.Context(), failing{broken}); !errors.Is(err, broken) {
		t.Errorf("a writer that fails: %v, want its error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	g, done := newGate(), make(chan error)
	go func() { done <- j.Backup(ctx, g) }()
	<-g.reached
	cancel()
	close(g.opened)
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ends: %v, want its error", err)
	}
	if info, err := backup.Check(bytes.NewReader(backUp(t, j))); err != nil || info.Events != 50 {
		t.Errorf("afterwards: %d events and %v", info.Events, err)
	}
	closeJournal(t, j)
	if err := j.Backup(t.Context(), io.Discard); !errors.Is(err, hub.ErrJournal) {
		t.Errorf("a backup of a closed journal: %v, want ErrJournal", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestBackupFolder(t *testing.T) {
	cfg := journal.Config{Config: engine.Config{Dir: t.TempDir()}, MaxAge: 100 * 24 * time.Hour, MaxBytes: 3 << 30}
	j := open(t, cfg)
	store(t, j, draft(1), draft(2), draft(3))
	want, before := read(t, j, 1, 3), bounds(t, j)
	wantLocked := func() {
		t.Helper()
		err := backupFolder(t.Context(), in(cfg.Dir), io.Discard)
		if !errors.Is(err, engine.ErrLocked) {
			t.Errorf("a folder in use: %v, want ErrLocked", err)
		}
	}
	wantLocked()
	closeJournal(t, j)
	for range 2 { // the folder is given back
		var file bytes.Buffer
		if err := backupFolder(t.Context(), in(cfg.Dir), &file); err != nil {
			t.Fatal(err)
		}
		again, _ := restore(t, file.Bytes())
		same(t, read(t, again, 1, 3), want)
	}
	if after := bounds(t, open(t, cfg)); after.Epoch != before.Epoch || after.Last != before.Last {
		t.Errorf("the folder that was backed up has %+v, want %+v", after, before)
	}
	wantLocked()
}

func TestBackupOfNoJournal(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "slip")
	if err := backupFolder(t.Context(), in(missing), io.Discard); !errors.Is(err, backup.ErrNoJournal) {
		t.Errorf("a folder that is not there: %v, want ErrNoJournal", err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there now: %v", err)
	}
	if err := backupFolder(t.Context(), in(t.TempDir()), io.Discard); !errors.Is(err, backup.ErrNoJournal) {
		t.Errorf("an empty folder: %v, want ErrNoJournal", err)
	}
}

// BenchmarkBackup writes a store of 100 MB while one publisher goes on, and
// reports how long its longest event waited, and the longest one without a backup.
func BenchmarkBackup(b *testing.B) {
	j := open(b, journal.Config{Config: engine.Config{Dir: b.TempDir(), Durability: engine.Fast}})
	for i := range 100_000 {
		d := noise(1000)
		d.Channel = fmt.Sprint("channel ", i%100)
		store(b, j, d)
	}
	alone := longestWait(b, j, func() { <-time.After(time.Second) })
	b.ResetTimer()
	for b.Loop() {
		var size counter
		during := longestWait(b, j, func() {
			if err := j.Backup(b.Context(), &size); err != nil {
				b.Error(err)
			}
		})
		b.ReportMetric(float64(during.Microseconds())/1000, "ms-longest-publish")
		b.ReportMetric(float64(alone.Microseconds())/1000, "ms-longest-alone")
		b.ReportMetric(float64(size)/1e6, "MB-file")
	}
}

// counter counts bytes. A buffer that grows to the size of a backup would stop
// all goroutines for a second, by the work it gives to the garbage collector.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// longestWait publishes one event after the other while do runs.
func longestWait(b *testing.B, j *opened, do func()) (longest time.Duration) {
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	for {
		select {
		case <-done:
			return longest
		default:
			begun := time.Now()
			store(b, j, sized(1000))
			longest = max(longest, time.Since(begun))
		}
	}
}
