package task

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"latido/hub"
)

// exportFile is a file that appears under its name when it is complete.
type exportFile struct {
	name  string
	f     *os.File
	w     *bufio.Writer
	line  bytes.Buffer
	bytes int64
	most  int64
	done  bool
}

type exportLine struct {
	ID      string          `json:"id"`
	Event   string          `json:"event"`
	Data    json.RawMessage `json:"data"`
	Channel string          `json:"channel"`
	Time    string          `json:"time"`
}

func newExportFile(name string, most int64) (*exportFile, error) {
	f, err := os.OpenFile(name+tempExt, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, fmt.Errorf("create the export: %w", err)
	}
	return &exportFile{name: name, f: f, w: bufio.NewWriterSize(f, 64<<10), most: most}, nil
}

// add writes one event's line.
func (x *exportFile) add(e *hub.Event) error {
	x.line.Reset()
	enc := json.NewEncoder(&x.line)
	enc.SetEscapeHTML(false) // the data goes out as it came in
	err := enc.Encode(exportLine{
		ID: e.ID.String(), Event: e.Name, Data: e.Data, Channel: e.Channel,
		Time: e.Time.Format(time.RFC3339Nano),
	})
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	x.bytes += int64(x.line.Len())
	if x.bytes > x.most {
		return fmt.Errorf("%w: %d bytes are allowed", ErrExportSize, x.most)
	}
	if _, err := x.w.Write(x.line.Bytes()); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

// finish makes the file complete, durable and visible, in this order: a name that
// is on the disk before its data would be an empty file after a crash.
func (x *exportFile) finish(ctx context.Context) error {
	if err := x.w.Flush(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	if err := x.f.Sync(); err != nil {
		return fmt.Errorf("sync the export: %w", err)
	}
	if err := x.f.Close(); err != nil {
		return fmt.Errorf("close the export: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err // a cancelled export leaves nothing
	}
	if err := os.Rename(x.name+tempExt, x.name); err != nil {
		return fmt.Errorf("name the export: %w", err)
	}
	x.done = true
	return syncDir(filepath.Dir(x.name))
}

// discard removes an unfinished file. Its errors are ignored: either the export
// has failed already, or there is nothing to discard.
func (x *exportFile) discard() {
	if x.done {
		return
	}
	_ = x.f.Close()
	_ = os.Remove(x.name + tempExt)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the folder of the exports: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync the folder of the exports: %w", err)
	}
	return nil
}
