package journal

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"latido/hub"
)

func openWith(t *testing.T, cfg Config) *Journal {
	t.Helper()
	j, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func some(channel string, sample bool) hub.Draft {
	return hub.Draft{Name: "e", Channel: channel, Data: json.RawMessage(`{}`), Sample: sample}
}

// TestNothingIsShownBeforeItIsDurable holds the disk back: a poster is not
// answered, and no reader sees the event, until the disk has it.
func TestNothingIsShownBeforeItIsDurable(t *testing.T) {
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	syncing := make(chan struct{}, 100)
	j := openWith(t, Config{Dir: t.TempDir(), Timeout: time.Minute, force: func(f *os.File) error {
		syncing <- struct{}{}
		<-goOn
		return dataSync(f)
	}})
	t.Cleanup(release) // before the journal is closed
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	acked, seen := make(chan hub.Receipt, 1), make(chan *hub.Event, 1)
	go func() {
		r, err := j.Append(ctx, some("a", false))
		if err != nil {
			t.Error(err)
		}
		acked <- r
	}()
	go j.Follow(ctx, 1, func(e *hub.Event) error { seen <- e; return nil })
	<-syncing
	for j.stored(t) == 0 { // until the engine has it
	}
	select {
	case <-acked:
		t.Fatal("acknowledged before it was on the disk")
	case <-seen:
		t.Fatal("shown before it was on the disk")
	case <-time.After(200 * time.Millisecond): // there is nothing else to wait for
	}
	if b, err := j.Bounds(ctx); err != nil || b.Last != 0 {
		t.Errorf("the bounds count it: %+v, %v", b, err)
	}
	release()
	if r, e := <-acked, <-seen; r.ID != e.ID || r.ID.Seq != 1 {
		t.Errorf("acknowledged as %v, shown as %v", r.ID, e.ID)
	}
}

// stored answers the newest sequence that the engine has.
func (j *Journal) stored(t *testing.T) uint64 {
	t.Helper()
	s, err := j.now.Load().history.js.Stream(t.Context(), streamName)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.LastSeq
}

// A sample's publisher does not wait for the disk; its readers do.
func TestSampleDoesNotWaitForTheDisk(t *testing.T) {
	goOn := make(chan struct{})
	j := openWith(t, Config{Dir: t.TempDir(), force: func(f *os.File) error { <-goOn; return dataSync(f) }})
	if _, err := j.Append(t.Context(), some("a", true)); err != nil {
		t.Errorf("a sample waits for the disk: %v", err)
	}
	close(goOn)
	stop := errors.New("seen")
	if err := j.Follow(t.Context(), 1, func(*hub.Event) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// TestDiskThatFailsIsTold: a sync that fails ends the taking of events for good,
// and what could not be stored is shown to nobody.
func TestDiskThatFailsIsTold(t *testing.T) {
	broken := errors.New("input/output error")
	j := openWith(t, Config{Dir: t.TempDir(), force: func(*os.File) error { return broken }})
	for range 2 {
		if _, err := j.Append(t.Context(), some("a", false)); !errors.Is(err, hub.ErrJournal) || !errors.Is(err, broken) {
			t.Errorf("a poster is told %v", err)
		}
	}
	if err := j.Healthy(t.Context()); !errors.Is(err, broken) {
		t.Errorf("its health: %v", err)
	}
	err := j.Follow(t.Context(), 1, func(e *hub.Event) error { t.Errorf("%v is shown", e.ID); return nil })
	if !errors.Is(err, hub.ErrJournal) {
		t.Errorf("a reader is told %v", err)
	}
}

// TestEpochAfterAnEnd: sequences may be given again only when a run that was not
// as durable as its acknowledgements ended without notice, and the machine with
// it. Then, and only then, the epoch changes.
func TestEpochAfterAnEnd(t *testing.T) {
	const here, after = "this boot", "another boot"
	for name, c := range map[string]struct {
		durability Durability
		clean      bool
		boot       string
		device     uint64
		changes    bool
	}{
		"fast, power cut":              {Fast, false, after, 1, true},
		"fast, another disk":           {Fast, false, here, 2, true},
		"fast, boot not known":         {Fast, false, "", 1, true},
		"fast, kill -9":                {Fast, false, here, 1, false},
		"fast, stopped, then new boot": {Fast, true, after, 1, false},
		"safe, power cut":              {Safe, false, after, 1, false},
		"safe, kill -9":                {Safe, false, here, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			machine := mark{Boot: here, Device: 1}
			cfg := Config{Dir: dir, Durability: c.durability, mark: func(cfg Config) mark {
				m := machine
				m.Durability = cfg.Durability
				return m
			}}
			first, err := Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := first.Append(t.Context(), some("a", false)); err != nil {
				t.Fatal(err)
			}
			before, err := first.Bounds(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			if !c.clean { // as it was while the first one ran
				if err := (mark{Durability: c.durability, Boot: here, Device: 1}).write(dir); err != nil {
					t.Fatal(err)
				}
			}
			machine = mark{Boot: c.boot, Device: c.device}
			second := openWith(t, cfg)
			now, err := second.Bounds(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if changed := now.Epoch != before.Epoch; changed != c.changes {
				t.Errorf("epoch changed: %t, want %t", changed, c.changes)
			}
			if now.Last != 1 {
				t.Errorf("%d events are stored, want 1", now.Last)
			}
			if r, err := second.Append(t.Context(), some("a", false)); err != nil || r.ID != (hub.ID{Epoch: now.Epoch, Seq: 2}) {
				t.Errorf("the next event is %v, %v", r.ID, err)
			}
		})
	}
}

// A folder from before the mark may have lost events in a power cut, a torn mark
// as well; a new one has none.
func TestMarkThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	now := mark{Durability: Safe, Boot: "b", Device: 1}
	if m, err := readMark(dir); err != nil || m.mayHaveLost(now) {
		t.Errorf("a new folder: %+v, %v", m, err)
	}
	if err := os.WriteFile(dir+"/"+markFile, []byte(`{"durab`), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := readMark(dir); err != nil || !m.mayHaveLost(now) {
		t.Errorf("a torn mark: %+v, %v", m, err)
	}
	if err := os.Remove(dir + "/" + markFile); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(blocksDir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blockName(blocksDir(dir), 1), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := readMark(dir); err != nil || !m.mayHaveLost(now) {
		t.Errorf("a folder with events and no mark: %+v, %v", m, err)
	}
}
