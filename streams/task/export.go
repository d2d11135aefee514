package task

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"latido/hub"
	"latido/streams/event"
)

const (
	exportPage  = 256 // events read at a time
	exportFiles = 20
	exportBytes = 1 << 30
	tempExt     = ".tmp"
)

// ErrExportSize is wrapped when an export would grow beyond its bound.
var ErrExportSize = errors.New("the export is too large")

// History is what an export reads. A hub.Journal implements it.
type History interface {
	// History returns up to limit stored events of a topic with sequences above
	// after, oldest first, and no events when there are no more.
	History(ctx context.Context, t hub.Topic, after uint64, limit int) ([]*hub.Event, error)
	// Bounds returns what is stored now; progress is measured by it.
	Bounds(ctx context.Context) (hub.Bounds, error)
}

// ExportConfig configures an Export. The zero values of its bounds work.
type ExportConfig struct {
	Dir      string // the data folder; files go to its subfolder exports
	MaxFiles int    // finished files that are kept; 0 for 20
	MaxBytes int64  // of one file; 0 for 1 GiB
}

// Export writes the stored events of a channel to a file, as a task of type
// "export" whose result is an event.ExportResult. A file has one line for each
// event, oldest first, up to the newest one stored when the task began: {"id",
// "event", "data", "channel", "time"}, time in RFC 3339 with nanoseconds. A file
// appears complete or not at all, and is on the disk before task_completed is
// published. The oldest files beyond MaxFiles are deleted.
type Export struct {
	runner   *Runner
	source   History
	dir      string
	maxFiles int
	maxBytes int64

	pruning sync.Mutex
}

// NewExport makes the folder of the files and removes the unfinished files that a
// crash has left there. The folder must belong to one Export.
func NewExport(runner *Runner, source History, cfg ExportConfig) (*Export, error) {
	e := &Export{
		runner: runner, source: source, dir: filepath.Join(cfg.Dir, "exports"),
		maxFiles: cfg.MaxFiles, maxBytes: cfg.MaxBytes,
	}
	if e.maxFiles <= 0 {
		e.maxFiles = exportFiles
	}
	if e.maxBytes <= 0 {
		e.maxBytes = exportBytes
	}
	if err := os.MkdirAll(e.dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder of the exports: %w", err)
	}
	entries, err := os.ReadDir(e.dir)
	if err != nil {
		return nil, fmt.Errorf("read the folder of the exports: %w", err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), event.ExportExt+tempExt) {
			continue
		}
		if err := os.Remove(filepath.Join(e.dir, entry.Name())); err != nil {
			return nil, fmt.Errorf("remove an unfinished export: %w", err)
		}
	}
	return e, nil
}

// Start begins an export of channel for user, 0 for no user, and returns the
// task's id. Errors are those of Runner.Start, and wrapped hub.ErrChannel.
func (e *Export) Start(ctx context.Context, channel string, user int64) (id string, err error) {
	if err := hub.CheckChannel(channel); err != nil {
		return "", err
	}
	spec := Spec{Type: "export", User: user, Message: "Exportando el canal " + channel}
	return e.runner.Start(ctx, spec, func(ctx context.Context, t *Task) (any, error) {
		result, err := e.write(ctx, t, channel)
		if err != nil {
			return nil, withoutPath(err)
		}
		t.Summary(fmt.Sprintf("Exportación terminada: %d eventos", result.Events))
		return result, nil
	})
}

// Open opens a finished export for reading; the caller must close it. The error
// wraps ErrNotFound when there is no such export, or id is not a task's id. A
// file that is deleted meanwhile can still be read to its end.
func (e *Export) Open(id string) (*os.File, error) {
	if !event.IsWord(id, event.MaxTaskID) {
		return nil, fmt.Errorf("export: %w", ErrNotFound)
	}
	// A root does not follow links that lead out of the folder.
	root, err := os.OpenRoot(e.dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the exports: %w", err)
	}
	defer root.Close()
	f, err := root.Open(id + event.ExportExt)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("export %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open export %s: %w", id, err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("export %s is not a file: %w", id, ErrNotFound)
	}
	return f, nil
}

// write writes the file of one export.
func (e *Export) write(ctx context.Context, t *Task, channel string) (event.ExportResult, error) {
	name := filepath.Join(e.dir, t.ID()+event.ExportExt)
	file, err := newExportFile(name, e.maxBytes)
	if err != nil {
		return event.ExportResult{}, err
	}
	defer file.discard()
	events, err := e.copy(ctx, t, channel, file)
	if err != nil {
		return event.ExportResult{}, err
	}
	if err := file.finish(ctx); err != nil {
		return event.ExportResult{}, err
	}
	if err := e.prune(); err != nil {
		return event.ExportResult{}, err
	}
	return event.ExportResult{Events: events, Bytes: file.bytes, URL: event.ExportPath(t.ID())}, nil
}

// copy writes the channel's events up to the newest one stored now, so that an
// export of a busy channel ends.
func (e *Export) copy(ctx context.Context, t *Task, channel string, file *exportFile) (events int, err error) {
	bounds, err := e.source.Bounds(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the bounds of the store: %w", err)
	}
	for after := max(bounds.First, 1) - 1; after < bounds.Last; {
		page, err := e.source.History(ctx, hub.ChannelTopic(channel), after, exportPage)
		if err != nil {
			return 0, fmt.Errorf("read the stored events: %w", err)
		}
		for _, stored := range page {
			switch seq := stored.ID.Seq; {
			case stored.ID.Epoch != bounds.Epoch || seq <= after:
				return 0, errors.New("the store was replaced while it was read")
			case seq > bounds.Last:
				return events, nil
			}
			if err := file.add(stored); err != nil {
				return 0, err
			}
			after = stored.ID.Seq
			events++
		}
		if len(page) == 0 {
			return events, nil
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		done := float64(after+1-bounds.First) / float64(bounds.Last+1-bounds.First)
		t.Progress(100*done, fmt.Sprintf("%d eventos exportados", events))
	}
	return events, nil
}

// prune deletes the oldest finished files beyond maxFiles.
func (e *Export) prune() error {
	e.pruning.Lock()
	defer e.pruning.Unlock()
	entries, err := os.ReadDir(e.dir)
	if err != nil {
		return fmt.Errorf("read the folder of the exports: %w", err)
	}
	var files []fs.FileInfo
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || filepath.Ext(entry.Name()) != event.ExportExt {
			continue
		}
		files = append(files, info)
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files[:max(0, len(files)-e.maxFiles)] {
		if err := os.Remove(filepath.Join(e.dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an old export: %w", err)
		}
	}
	return nil
}

// withoutPath keeps the machine's paths out of an error that goes to a stream.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s the export's file: %w", path.Op, path.Err)
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return fmt.Errorf("%s the export's file: %w", link.Op, link.Err)
	}
	return err
}
