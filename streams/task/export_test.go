package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams/task"
)

// history is a store of events of which those with odd sequences are the
// channel's.
type history struct {
	first, last uint64
	data        string
	// read, if set, is called before each page; its error is the page's.
	read func(ctx context.Context, page int) error
	// change, if set, may change what a page holds.
	change func(page int, events []*hub.Event) []*hub.Event

	pages int
}

func (h *history) Bounds(context.Context) (hub.Bounds, error) {
	return hub.Bounds{Epoch: "e", First: h.first, Last: h.last}, nil
}

func (h *history) History(ctx context.Context, t hub.Topic, after uint64, limit int) ([]*hub.Event, error) {
	h.pages++
	if h.read != nil {
		if err := h.read(ctx, h.pages); err != nil {
			return nil, err
		}
	}
	var out []*hub.Event
	for seq := max(after+1, h.first); seq <= h.last && len(out) < limit; seq++ {
		if seq%2 == 1 {
			out = append(out, &hub.Event{
				ID: hub.ID{Epoch: "e", Seq: seq}, Name: "tick", Channel: t.Channel, Data: json.RawMessage(h.data),
				Time: time.Date(2026, 1, 2, 3, 4, 5, int(seq), time.UTC),
			})
		}
	}
	if h.change != nil {
		out = h.change(h.pages, out)
	}
	return out, nil
}

var _ task.History = hub.Journal(nil)

func newExport(t *testing.T, h *history, cfg task.ExportConfig) (*task.Export, *task.Runner, *hubtest.Recorder) {
	t.Helper()
	s, out := newRunner(t, task.Config{})
	e, err := task.NewExport(s, h, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e, s, out
}

// files returns the names in the folder of the exports.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "exports"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, e *task.Export, id string) string {
	t.Helper()
	f, err := e.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func startExport(t *testing.T, e *task.Export, channel string) string {
	t.Helper()
	id, err := e.Start(t.Context(), channel, 7)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return id
}

func TestExport(t *testing.T) {
	cases := map[string]struct {
		first, last uint64
		data        string
		events      int
	}{
		"many pages":             {5, 3001, `{"a":"<ñ>\u0001"}`, 1499},
		"one event":              {1, 1, `{}`, 1},
		"none of the channel":    {2, 2, `{}`, 0},
		"none at all":            {1, 0, `{}`, 0},
		"none left of many":      {100, 99, `{}`, 0},
		"from the first one":     {1, 10, `{}`, 5},
		"exactly a page of them": {1, 511, `{}`, 256},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				e, _, out := newExport(t, &history{first: c.first, last: c.last, data: c.data}, task.ExportConfig{Dir: dir})
				id := startExport(t, e, "a/b")
				data := last(t, out, "task_completed")
				result := data["result"].(map[string]any)
				text := read(t, e, id)
				hubtest.Object(result).WantKeys(t, "events", "bytes", "url")
				equal(t, "events", result["events"], any(float64(c.events)))
				equal(t, "bytes", result["bytes"], any(float64(len(text))))
				equal(t, "url", result["url"], any("/exports/"+id+".ndjson"))
				equal(t, "message", data["message"], any(fmt.Sprintf("Exportación terminada: %d eventos", c.events)))
				lines := strings.SplitAfter(text, "\n")
				equal(t, "end of the file", lines[len(lines)-1], "")
				lines = lines[:len(lines)-1]
				equal(t, "lines", len(lines), c.events)
				for i, line := range lines {
					seq := c.first + uint64(2*i)
					want := fmt.Sprintf(`{"id":"e-%d","event":"tick","data":%s,"channel":"a/b","time":"%s"}`+"\n",
						seq, c.data, time.Date(2026, 1, 2, 3, 4, 5, int(seq), time.UTC).Format(time.RFC3339Nano))
					equal(t, "line", line, want)
				}
				started := out.All()[0]
				equal(t, "user", started.User, 7)
				equal(t, "message", started.Object(t)["message"], any("Exportando el canal a/b"))
				equal(t, "type", started.Object(t)["task_type"], any("export"))
				equal(t, "files", strings.Join(files(t, dir), " "), id+".ndjson")
			})
		})
	}
}

func TestExportProgress(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h := &history{first: 1001, last: 3001, data: "{}"}
		h.read = func(context.Context, int) error {
			time.Sleep(time.Second)
			h.last += 1000 // what comes while it works is not for this export
			return nil
		}
		e, _, out := newExport(t, h, task.ExportConfig{Dir: dir})
		startExport(t, e, "c")
		sleep(time.Minute)
		var got []string
		for _, event := range out.All() {
			if event.Name == "task_progress" {
				data := event.Object(t)
				got = append(got, fmt.Sprint(data["progress"], " ", data["message"]))
			}
		}
		equal(t, "progress", strings.Join(got, "; "),
			"25.54 256 eventos exportados; 51.12 512 eventos exportados; 76.71 768 eventos exportados")
		equal(t, "events", last(t, out, "task_completed")["result"].(map[string]any)["events"], any(1001.0))
	})
}

func TestExportFailures(t *testing.T) {
	full := strings.Repeat("x", 1000)
	cases := map[string]struct {
		h     *history
		spoil func(dir string) error
		err   string
	}{
		"store": {
			h: &history{read: func(_ context.Context, page int) error {
				if page == 2 {
					return fmt.Errorf("%w: asleep", hub.ErrJournal)
				}
				return nil
			}},
			err: "read the stored events: journal unavailable: asleep",
		},
		"store replaced": {
			h: &history{change: func(page int, events []*hub.Event) []*hub.Event {
				if page == 2 {
					events[0].ID.Epoch = "f"
				}
				return events
			}},
			err: "the store was replaced while it was read",
		},
		"store that goes in circles": {
			h: &history{change: func(_ int, events []*hub.Event) []*hub.Event {
				events[0].ID.Seq = 1
				return events
			}},
			err: "the store was replaced while it was read",
		},
		"too large": {h: &history{data: `{"x":"` + full + `"}`}, err: "the export is too large: 500000 bytes are allowed"},
		"folder gone before": {
			h:     &history{},
			spoil: func(dir string) error { return os.RemoveAll(dir) },
			err:   "open the export's file: no such file or directory",
		},
		"event that is no JSON": {h: &history{data: "{"}, err: "encode event e-1: json: error calling MarshalJSON for type json.RawMessage: unexpected end of JSON input"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				c.h.first, c.h.last = 1, 3000
				if c.h.data == "" {
					c.h.data = "{}"
				}
				e, _, out := newExport(t, c.h, task.ExportConfig{Dir: dir, MaxBytes: 500_000})
				if c.spoil != nil {
					if err := c.spoil(filepath.Join(dir, "exports")); err != nil {
						t.Fatal(err)
					}
				}
				id := startExport(t, e, "c")
				equal(t, "error", last(t, out, "task_failed")["error"], any(c.err))
				if c.spoil == nil {
					equal(t, "files", len(files(t, dir)), 0)
				}
				if _, err := e.Open(id); err == nil {
					t.Error("a failed export can be opened")
				}
			})
		})
	}
}

// TestExportOnAFailingDisk takes the folder away while the file is written.
func TestExportOnAFailingDisk(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h := &history{first: 1, last: 3000, data: "{}", read: func(_ context.Context, page int) error {
			if page == 2 {
				return os.RemoveAll(filepath.Join(dir, "exports"))
			}
			return nil
		}}
		e, _, out := newExport(t, h, task.ExportConfig{Dir: dir})
		startExport(t, e, "c")
		equal(t, "error", last(t, out, "task_failed")["error"], any("rename the export's file: no such file or directory"))
	})
}

func TestExportCancel(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h := &history{first: 1, last: 3000, data: "{}", read: func(ctx context.Context, page int) error {
			if page == 2 {
				<-ctx.Done()
			}
			return nil // a store that does not say that it was interrupted
		}}
		e, tasks, out := newExport(t, h, task.ExportConfig{Dir: dir})
		id := startExport(t, e, "c")
		equal(t, "files before", strings.Join(files(t, dir), " "), id+".ndjson.tmp")
		if _, err := e.Open(id); !errors.Is(err, task.ErrNotFound) {
			t.Errorf("Open of an unfinished export: %v", err)
		}
		equal(t, "Cancel", tasks.Cancel(id), nil)
		synctest.Wait()
		equal(t, "error", last(t, out, "task_failed")["error"], any("cancelled"))
		equal(t, "files", len(files(t, dir)), 0)
		equal(t, "pages read", h.pages, 2)
	})
}
