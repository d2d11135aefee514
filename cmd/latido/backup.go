package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"

	"github.com/dustin/go-humanize"

	"latido/hub/backup"
	"latido/hub/journal/engine"
)

// backupConfig is the settings of latido backup.
type backupConfig struct {
	File  string `arg:"" help:"File to write, - for stdout."`
	Data  string `default:"${data}" placeholder:"DIR" help:"Folder that keeps the events (${default}). A server may run on it."`
	Force bool   `env:"-" help:"Write over a file that exists."`
}

// journalDir returns the folder of the journal in a data folder.
func journalDir(data string) string { return filepath.Join(data, "journal") }

// Run writes the backup.
func (c backupConfig) Run(ctx context.Context, t *terminal) error {
	if c.File == "" || c.Data == "" {
		return fmt.Errorf("%w: backup needs a file and a folder", errUsage)
	}
	m := newMeter(t.errout, "backing up")
	var info backup.Info
	write := func(out io.Writer) (err error) {
		info, err = c.write(ctx, io.MultiWriter(out, m))
		return err
	}
	var err error
	if c.File == "-" {
		err = write(t.out)
	} else {
		err = writeNew(c.File, c.Force, write)
	}
	m.clear()
	if ctx.Err() != nil && err != nil {
		err = errors.New("interrupted")
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	t.say("backed up %s events, up to %s-%d, in %s",
		humanize.Comma(int64(info.Events)), info.Epoch, info.Last, humanize.IBytes(uint64(m.n)))
	return nil
}

// write writes a backup to out and checks it on the way: without an error out holds
// a complete backup.
func (c backupConfig) write(ctx context.Context, out io.Writer) (info backup.Info, err error) {
	r, w := io.Pipe()
	checked := make(chan error, 1)
	go func() {
		var err error
		info, err = backup.Check(r)
		r.CloseWithError(err)
		checked <- err
	}()
	err = c.make(ctx, io.MultiWriter(out, w))
	w.CloseWithError(err)
	if wrong := <-checked; err == nil {
		err = wrong
	}
	return info, err
}

// make makes the backup: here, or by the server that runs on the folder. The lock
// of the folder decides, so a socket that was left behind is not used.
func (c backupConfig) make(ctx context.Context, w io.Writer) error {
	err := backup.Folder(ctx, engine.Config{Dir: journalDir(c.Data)}, w, version)
	if !errors.Is(err, engine.ErrLocked) {
		return err
	}
	response, err := (&remote{data: c.Data}).do(ctx, http.MethodGet, "/backup", nil)
	if err != nil {
		return fmt.Errorf("%s is in use: %w", c.Data, err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("fetch the backup of the server on %s: %w", c.Data, err)
	}
	return nil
}
