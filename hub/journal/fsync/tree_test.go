package fsync

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestTree: every regular file below the folder is forced onto the disk, and one that
// is removed meanwhile is no error.
func TestTree(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "below/c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var forced []string
	err := Tree{Dir: dir, Force: func(f *os.File) error {
		if f == nil {
			t.Fatal("a file that could not be opened is forced onto the disk")
		}
		forced = append(forced, filepath.Base(f.Name()))
		return os.RemoveAll(filepath.Join(dir, "b"))
	}}.Sync()
	if want := []string{"a", "c"}; err != nil || !slices.Equal(forced, want) {
		t.Errorf("forced %v, %v, want %v", forced, err, want)
	}
	broken := errors.New("input/output error")
	if err := (Tree{Dir: dir, Force: func(*os.File) error { return broken }}).Sync(); !errors.Is(err, broken) {
		t.Errorf("a file that cannot be forced: %v", err)
	}
	if err := SyncTree(dir); err != nil {
		t.Errorf("with os.File.Sync: %v", err)
	}
}

func TestSyncDirOfNoFolder(t *testing.T) {
	if err := SyncDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want fs.ErrNotExist", err)
	}
}
