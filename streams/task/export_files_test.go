package task_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/streams/task"
)

func TestExportKeepsTheNewest(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "exports"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, age int) {
		path := filepath.Join(dir, "exports", name)
		at := time.Now().Add(-time.Duration(age) * time.Hour)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 25 {
		write(fmt.Sprintf("task_%02d.ndjson", i), 1+i)
	}
	write("notes.txt", 1000)
	write("task_dead.ndjson.tmp", 1000)
	synctest.Test(t, func(t *testing.T) {
		e, tasks, out := newExport(t, &history{first: 1, last: 9, data: "{}"}, task.ExportConfig{Dir: dir})
		equal(t, "leftovers", slices.Contains(files(t, dir), "task_dead.ndjson.tmp"), false)
		id := startExport(t, e, "c")
		equal(t, "Close", tasks.Close(), nil)
		last(t, out, "task_completed")
		names := files(t, dir)
		equal(t, "files", len(names), 21)
		for _, want := range []string{id + ".ndjson", "notes.txt", "task_00.ndjson", "task_18.ndjson"} {
			if !slices.Contains(names, want) {
				t.Errorf("%s is gone: %v", want, names)
			}
		}
	})
}

func TestExportOpen(t *testing.T) {
	dir := t.TempDir()
	s, _ := newRunner(t, task.Config{})
	e, err := task.NewExport(s, &history{}, task.ExportConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret.ndjson")
	exports := filepath.Join(dir, "exports")
	err = errors.Join(
		os.WriteFile(secret, []byte("s"), 0o600),
		os.WriteFile(filepath.Join(exports, "x.ndjson.tmp"), nil, 0o600),
		os.WriteFile(filepath.Join(exports, ".ndjson"), nil, 0o600),
		os.WriteFile(filepath.Join(exports, "a b.ndjson"), nil, 0o600),
		os.Mkdir(filepath.Join(exports, "folder.ndjson"), 0o700),
		os.Symlink(secret, filepath.Join(exports, "absolute.ndjson")),
		os.Symlink("../secret.ndjson", filepath.Join(exports, "relative.ndjson")),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{
		"", "unknown", "../secret", "..%2fsecret", "/etc/passwd", "x.ndjson", "a b", "folder", ".", "..", "a\x00b",
		strings.Repeat("x", 65), `..\secret`,
	} {
		if _, err := e.Open(id); !errors.Is(err, task.ErrNotFound) {
			t.Errorf("Open(%q): %v, want ErrNotFound", id, err)
		}
	}
	for _, id := range []string{"absolute", "relative"} {
		if f, err := e.Open(id); err == nil {
			t.Errorf("Open(%q) returned %s", id, f.Name())
		}
	}
}

func TestExportRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, tasks, out := newExport(t, &history{}, task.ExportConfig{Dir: t.TempDir()})
		if _, err := e.Start(t.Context(), "a*", 0); !errors.Is(err, hub.ErrChannel) {
			t.Errorf("Start: %v", err)
		}
		if _, err := e.Start(t.Context(), "a", -1); !errors.Is(err, task.ErrSpec) {
			t.Errorf("Start: %v", err)
		}
		equal(t, "events", len(out.All()), 0)
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := task.NewExport(tasks, &history{}, task.ExportConfig{Dir: file}); err == nil {
			t.Error("a file was taken for a folder")
		}
	})
}
