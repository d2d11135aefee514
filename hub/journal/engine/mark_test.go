package engine

import (
	"os"
	"path/filepath"
	"testing"
)

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
	if err := os.MkdirAll(MessagesDir(dir, "latido-events"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(MessagesDir(dir, "latido-events"), "1.blk"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := readMark(dir); err != nil || !m.mayHaveLost(now) {
		t.Errorf("a folder with events and no mark: %+v, %v", m, err)
	}
}
