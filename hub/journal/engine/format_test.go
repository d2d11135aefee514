package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"latido/hub/journal/engine"
)

// TestFolderOfANewerVersion: an older program refuses a folder that it would misread,
// before it writes anything there.
func TestFolderOfANewerVersion(t *testing.T) {
	for text, want := range map[string]error{
		"": engine.ErrUnreadable, "latido-data 0\n": engine.ErrUnreadable, "latido-data x": engine.ErrUnreadable, "2": engine.ErrUnreadable,
		"latido-data 1\n": nil, "latido-data 2\n": engine.ErrNewer, "latido-data 17": engine.ErrNewer,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "latido.format"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		release, err := engine.Lock(dir)
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
		if err == nil {
			if err := release(); err != nil {
				t.Error(err)
			}
			continue
		}
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 2 { // the format and the lock
			t.Errorf("%q: the folder holds %v, %v", text, files, err)
		}
		if again, err := engine.Lock(dir); !errors.Is(err, want) {
			t.Errorf("%q: the folder stayed locked: %v, %v", text, again, err)
		}
	}
}
