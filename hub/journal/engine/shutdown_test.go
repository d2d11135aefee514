package engine

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder without a record of the last shutdown may have lost events in a power cut, a torn record
// as well; a new one has none.
func TestShutdownThatIsNotRecorded(t *testing.T) {
	dir := t.TempDir()
	now := shutdown{Durability: Safe, Boot: "b", Device: 1}
	if m, err := readShutdown(dir); err != nil || m.mayHaveLost(now) {
		t.Errorf("a new folder: %+v, %v", m, err)
	}
	if err := os.WriteFile(dir+"/"+shutdownFile, []byte(`{"durab`), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := readShutdown(dir); err != nil || !m.mayHaveLost(now) {
		t.Errorf("a torn record: %+v, %v", m, err)
	}
	if err := os.Remove(dir + "/" + shutdownFile); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(MessagesDir(dir, "latido-events"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(MessagesDir(dir, "latido-events"), "1.blk"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := readShutdown(dir); err != nil || !m.mayHaveLost(now) {
		t.Errorf("a folder with events and no record: %+v, %v", m, err)
	}
}
