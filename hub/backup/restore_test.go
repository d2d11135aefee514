package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latido/hub/backup"
	"latido/hub/journal"
	"latido/hub/journal/engine"
)

// tree is every name below a folder with the size and content of files.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all.WriteString(path + "\n")
		if !d.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// smallBackup is a backup of three events and two records.
func smallBackup(t testing.TB) []byte {
	j := open(t, in(t.TempDir()))
	store(t, j, draft(1), draft(2), draft(3))
	put(t, j.Records(), "user.1", "a", 0)
	put(t, j.Records(), "session.1", "", 0)
	return backUp(t, j)
}

// TestRestoreRefusesWhatIsNotWhole: wherever a file is cut off or changed, it is
// refused before anything is made.
func TestRestoreRefusesWhatIsNotWhole(t *testing.T) {
	good := smallBackup(t)
	const step = 7 // in its middle a block has many bytes that mean nothing
	files := map[string][]byte{
		"nothing": nil, "something else": []byte("once upon a time\n"), "more than a backup": append(bytes.Clone(good), 0),
		"a newer format":  bytes.Replace(good, []byte("\"format\": 3"), []byte("\"format\": 4"), 1),
		"format 0":        []byte("latido-backup 0\n{}\n"),
		"an endless line": append([]byte("latido-backup 2\n"), bytes.Repeat([]byte("x"), 2<<20)...),
	}
	for i := range good {
		if i%step > 0 && i < len(good)-1700 && i > 1600 {
			continue // the ends are tried byte by byte
		}
		files["cut off"+strings.Repeat(".", i)] = good[:i]
		bad := bytes.Clone(good)
		bad[i] ^= 0x20
		files["damaged"+strings.Repeat(".", i)] = bad
	}
	parent := t.TempDir()
	for name, file := range files {
		_, err := restoreTo(t.Context(), in(filepath.Join(parent, "journal")), bytes.NewReader(file), true)
		if !errors.Is(err, backup.ErrBackup) {
			t.Errorf("%s (%d of %d bytes): %v, want ErrBackup", strings.TrimRight(name, "."), len(file), len(good), err)
		}
	}
	if left, _ := os.ReadDir(parent); len(left) > 0 {
		t.Errorf("files that were refused left %v", left)
	}
}

func TestRestoreOverEvents(t *testing.T) {
	file := smallBackup(t)
	parent := t.TempDir()
	cfg := in(filepath.Join(parent, "journal"))
	old := open(t, cfg)
	store(t, old, draft(10), draft(20))
	was := bounds(t, old)
	put := func(force bool) (backup.Restored, error) {
		return restoreTo(t.Context(), cfg, bytes.NewReader(file), force)
	}
	for _, force := range []bool{false, true} {
		if _, err := put(force); !errors.Is(err, engine.ErrLocked) {
			t.Errorf("a journal in use, force %v: %v, want ErrLocked", force, err)
		}
	}
	closeJournal(t, old)
	before := tree(t, parent)
	if _, err := put(false); !errors.Is(err, backup.ErrHoldsEvents) {
		t.Errorf("over events: %v, want ErrHoldsEvents", err)
	}
	if after := tree(t, parent); after != before {
		t.Error("a restore that was refused has changed the folder")
	}
	r, err := put(true)
	if err != nil || filepath.Dir(r.Aside) != parent {
		t.Fatalf("by force: %+v, %v", r, err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 2 {
		t.Errorf("two journals should be there: %v", left)
	}
	if b := bounds(t, open(t, cfg)); b.Last != 3 || b.Epoch != r.NewEpoch {
		t.Errorf("the restored journal has %+v, want three events of %s", b, r.NewEpoch)
	}
	if b := bounds(t, open(t, in(r.Aside))); b.Epoch != was.Epoch || b.Last != was.Last {
		t.Errorf("moved aside is %+v, want %+v", b, was)
	}
}

// TestRestoreOverAnEmptyJournal needs no force, and leaves one journal.
func TestRestoreOverAnEmptyJournal(t *testing.T) {
	parent := t.TempDir()
	cfg := in(filepath.Join(parent, "journal"))
	closeJournal(t, open(t, cfg))
	if _, err := restoreTo(t.Context(), cfg, bytes.NewReader(smallBackup(t)), false); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 1 {
		t.Errorf("%v are there, want the journal alone", left)
	}
	if b := bounds(t, open(t, cfg)); b.Last != 3 {
		t.Errorf("%+v, want three events", b)
	}
}

// changing is a file that is another one when it is read again.
type changing struct {
	*bytes.Reader
	again func() *bytes.Reader
}

func (c *changing) Seek(offset int64, whence int) (int64, error) {
	c.Reader = c.again()
	return c.Reader.Seek(offset, whence)
}

// TestRestoreThatFailsHalfway leaves everything as it was.
func TestRestoreThatFailsHalfway(t *testing.T) {
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Durability: engine.Fast}})
	for range 100 {
		store(t, j, noise(50_000))
	}
	good := backUp(t, j)
	for _, overEvents := range []bool{false, true} {
		parent := t.TempDir()
		cfg := in(filepath.Join(parent, "journal"))
		if overEvents {
			old := open(t, cfg)
			store(t, old, draft(1))
			closeJournal(t, old)
		}
		before := tree(t, parent)
		ctx, cancel := context.WithCancel(t.Context())
		for name, c := range map[string]struct {
			again func() *bytes.Reader
			want  error
		}{
			"a file that is cut off meanwhile": {func() *bytes.Reader { return bytes.NewReader(good[:len(good)/2]) }, backup.ErrBackup},
			"a file that is damaged meanwhile": {func() *bytes.Reader {
				bad := bytes.Clone(good)
				bad[len(bad)-1] ^= 1
				return bytes.NewReader(bad)
			}, backup.ErrBackup},
			"a context that ends": {func() *bytes.Reader { cancel(); return bytes.NewReader(good) }, context.Canceled},
		} {
			// A cancelled context must not be what ends the others.
			use := t.Context()
			if c.want == context.Canceled {
				use = ctx
			}
			_, err := restoreTo(use, cfg, &changing{bytes.NewReader(good), c.again}, true)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			if after := tree(t, parent); after != before {
				t.Errorf("%s has left something", name)
			}
		}
		cancel()
		if _, err := restoreTo(t.Context(), cfg, bytes.NewReader(good), true); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

func TestExchangeInSteps(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, name := range []string{a, b} {
		if err := os.MkdirAll(filepath.Join(name, "was "+filepath.Base(name)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := backup.ExchangeInSteps(a, b); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(a, "was b"), filepath.Join(b, "was a")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	before := tree(t, dir)
	if err := backup.ExchangeInSteps(filepath.Join(dir, "none"), b); err == nil {
		t.Error("a folder that is not there was exchanged")
	}
	if after := tree(t, dir); after != before {
		t.Error("an exchange that failed was not taken back")
	}
}

var _ io.ReadSeeker = (*changing)(nil)
