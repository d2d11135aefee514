package journal

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/journal/engine"
	"latido/hub/journal/fsync"
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
	return hub.Draft{Name: "e", Channel: channel, Data: json.RawMessage(`{}`), Ephemeral: sample}
}

// TestNothingIsShownBeforeItIsDurable blocks the disk: Append does not
// return, and no reader sees the event, until the disk has it.
func TestNothingIsShownBeforeItIsDurable(t *testing.T) {
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	syncing := make(chan struct{}, 100)
	j := openWith(t, Config{Config: engine.Config{Dir: t.TempDir(), Timeout: time.Minute, Force: func(f *os.File) error {
		syncing <- struct{}{}
		<-goOn
		return fsync.DataSync(f)
	}}})
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

// stored returns the newest sequence that the engine has.
func (j *Journal) stored(t *testing.T) uint64 {
	t.Helper()
	s, err := j.now.Load().history.Stream(t.Context(), StreamName)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.LastSeq
}

// An ephemeral event's publisher does not wait for the disk; its readers do.
func TestEphemeralDoesNotWaitForTheDisk(t *testing.T) {
	goOn := make(chan struct{})
	j := openWith(t, Config{Config: engine.Config{Dir: t.TempDir(), Force: func(f *os.File) error { <-goOn; return fsync.DataSync(f) }}})
	if _, err := j.Append(t.Context(), some("a", true)); err != nil {
		t.Errorf("an ephemeral event waits for the disk: %v", err)
	}
	close(goOn)
	stop := errors.New("seen")
	if err := j.Follow(t.Context(), 1, func(*hub.Event) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// TestDiskThatFailsIsReported: after a sync that fails no event is stored any more,
// and what could not be stored is shown to no reader.
func TestDiskThatFailsIsReported(t *testing.T) {
	broken := errors.New("input/output error")
	j := openWith(t, Config{Config: engine.Config{Dir: t.TempDir(), Force: func(*os.File) error { return broken }}})
	for range 2 {
		if _, err := j.Append(t.Context(), some("a", false)); !errors.Is(err, hub.ErrJournal) || !errors.Is(err, broken) {
			t.Errorf("append: %v", err)
		}
	}
	if err := j.Healthy(t.Context()); !errors.Is(err, broken) {
		t.Errorf("its health: %v", err)
	}
	err := j.Follow(t.Context(), 1, func(e *hub.Event) error { t.Errorf("%v is shown", e.ID); return nil })
	if !errors.Is(err, hub.ErrJournal) {
		t.Errorf("follow: %v", err)
	}
}

// TestEpochAfterAnEnd: sequences may be given again only when a run that was not
// as durable as its acknowledgements ended without notice, and the machine with
// it. Then, and only then, the epoch changes.
func TestEpochAfterAnEnd(t *testing.T) {
	const here, after = "", "another boot" // "" is the boot that is
	for name, c := range map[string]struct {
		durability engine.Durability
		clean      bool
		boot       string
		device     uint64 // how far from where it was
		changes    bool
	}{
		"fast, power cut":              {engine.Fast, false, after, 0, true},
		"fast, another disk":           {engine.Fast, false, here, 1, true},
		"fast, boot not known":         {engine.Fast, false, "unknown", 0, true},
		"fast, kill -9":                {engine.Fast, false, here, 0, false},
		"fast, stopped, then new boot": {engine.Fast, true, after, 0, false},
		"safe, power cut":              {engine.Safe, false, after, 0, false},
		"safe, kill -9":                {engine.Safe, false, here, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Config: engine.Config{Dir: t.TempDir(), Durability: c.durability}}
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
			while := readMark(t, cfg.Dir)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			m := readMark(t, cfg.Dir)
			if while["clean"] != false || m["clean"] != true {
				t.Errorf("it is marked %v while it runs, and %v afterwards", while, m)
			}
			if !c.clean {
				m = while // as if it had ended without a word
			}
			switch c.boot {
			case here:
			case "unknown":
				m["boot"] = ""
			default:
				m["boot"] = c.boot
			}
			m["device"] = m["device"].(float64) + float64(c.device)
			writeMark(t, cfg.Dir, m)
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

func readMark(t *testing.T, dir string) (m map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "latido.json"))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func writeMark(t *testing.T, dir string, m map[string]any) {
	t.Helper()
	text, err := json.Marshal(m)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "latido.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
