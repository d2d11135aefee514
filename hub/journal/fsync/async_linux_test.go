package journal

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAsyncSync: files are synced one after the other, and what cannot be synced
// is an error, not a success.
func TestAsyncSync(t *testing.T) {
	a, err := newAsyncSync()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	for _, name := range []string{"a", "b", "c"} {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for range 20 {
			if _, err := f.WriteString("event"); err != nil {
				t.Fatal(err)
			}
			if err := a.ask(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := a.ask(w); err != unix.EINVAL {
		t.Errorf("a pipe is synced: %v", err)
	}
}
