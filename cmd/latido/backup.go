package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"latido/hub/backup"
	"latido/hub/journal/engine"

	"github.com/dustin/go-humanize"
)

// backupConfig is the settings of latido backup.
type backupConfig struct {
	File  string `arg:"" help:"File to write, - for stdout."`
	Data  string `default:"${data}" placeholder:"DIR" help:"Folder that keeps the events (${default}). A server may run on it."`
	Force bool   `env:"-" help:"Write over a file that exists."`
}

// journalDir returns the folder of the journal in a data folder.
func journalDir(data string) string { return filepath.Join(data, "journal") }

// run writes the backup.
func (c backupConfig) run(ctx context.Context, stdout, stderr io.Writer) error {
	if c.File == "" || c.Data == "" {
		return fmt.Errorf("%w: backup needs a file and a folder", errUsage)
	}
	m := newMeter(stderr, "backing up")
	var info backup.Info
	write := func(out io.Writer) (err error) {
		info, err = c.write(ctx, io.MultiWriter(out, m))
		return err
	}
	var err error
	if c.File == "-" {
		err = write(stdout)
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
	fmt.Fprintf(stderr, "latido: backed up %s events, up to %s-%d, in %s\n",
		humanize.Comma(int64(info.Events)), info.Epoch, info.Last, humanize.IBytes(uint64(m.n)))
	return nil
}

// write writes a backup to out and checks it on the way: without an error out holds
// a complete backup.
func (c backupConfig) write(ctx context.Context, out io.Writer) (backup.Info, error) {
	r, w := io.Pipe()
	made := make(chan error, 1)
	go func() {
		err := c.make(ctx, w)
		w.CloseWithError(err)
		made <- err
	}()
	taken := &failingTee{r: r, w: out}
	info, err := backup.Check(taken)
	r.CloseWithError(errors.New("the backup is not read any further"))
	cause := <-made
	switch {
	case taken.err != nil:
		err = taken.err
	case cause != nil:
		err = cause
	}
	return info, err
}

// failingTee is an io.TeeReader that tells which side failed.
type failingTee struct {
	r   io.Reader
	w   io.Writer
	err error // of w
}

func (t *failingTee) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		if _, t.err = t.w.Write(p[:n]); t.err != nil {
			return 0, t.err
		}
	}
	return n, err
}

// make makes the backup: here, or by the server that runs on the folder. The lock
// of the folder decides, so a socket that was left behind is not used.
func (c backupConfig) make(ctx context.Context, w io.Writer) error {
	err := backup.Folder(ctx, engine.Config{Dir: journalDir(c.Data)}, w, version)
	if !errors.Is(err, engine.ErrLocked) {
		return err
	}
	if err := fetchBackup(ctx, c.Data, w); err != nil {
		return fmt.Errorf("%s is in use: %w", c.Data, err)
	}
	return nil
}
