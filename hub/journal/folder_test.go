package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latido/hub/journal"
	"latido/hub/journal/engine"
)

// wantRefusal holds an Open of dir to an error that wraps want and names dir.
func wantRefusal(t *testing.T, dir string, want error) {
	t.Helper()
	j, err := journal.Open(t.Context(), in(dir))
	if err == nil {
		closeJournal(t, j)
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), dir) {
		t.Errorf("open returns %v, want an error that wraps %v and names %s", err, want, dir)
	}
}

// TestUnwritableFolder uses paths that fail for root as well, for which modes
// have no effect.
func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := t.TempDir()
	if err := os.Mkdir(filepath.Join(blocked, "latido.lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), blocked} {
		j, err := journal.Open(t.Context(), in(dir))
		if err == nil {
			closeJournal(t, j)
			t.Errorf("%s: opened", dir)
			continue
		}
		var path *os.PathError
		if !errors.As(err, &path) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "choose one") {
			t.Errorf("%s: %v, want the folder, the cause and what to do", dir, err)
		}
	}
	if mine, err := os.ReadFile(file); err != nil || string(mine) != "mine" {
		t.Errorf("the file that was in the way holds %q, %v", mine, err)
	}
}

// TestEngineThatCannotStart: what nats-server would have died of comes back as
// an error, and the process goes on.
func TestEngineThatCannotStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the lock is given back
		_, err := journal.Open(t.Context(), in(dir))
		if err == nil || !strings.Contains(err.Error(), "JetStream") {
			t.Errorf("%v, want the engine's words", err)
		}
	}
}

// TestUnreadableStreamIsRefused: nats-server skips a stream it cannot recover
// with a warning; making a new one there would write over its events.
func TestUnreadableStreamIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, in(dir))
	store(t, j, draft(1), draft(2))
	closeJournal(t, j)
	stream := filepath.Join(dir, "jetstream", "$G", "streams", "latido-events")
	sum := filepath.Join(stream, "meta.sum")
	good, err := os.ReadFile(sum)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(sum, []byte("0000000000000000"), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := snapshot(t, filepath.Join(stream, "msgs"))
	for range 2 {
		wantRefusal(t, dir, engine.ErrUnreadable)
	}
	if now := snapshot(t, filepath.Join(stream, "msgs")); now != blocks {
		t.Error("the blocks have changed")
	}
	if err := os.WriteFile(sum, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if events := read(t, open(t, in(dir)), 1, 2); len(events) != 2 {
		t.Errorf("%d events after the repair, want 2", len(events))
	}
}

// snapshot is the content of every block of events in a folder.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("blocks in %s: %v, %v", dir, files, err)
	}
	var all strings.Builder
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}
