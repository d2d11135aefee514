package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dustin/go-humanize"

	"latido/hub/backup"
	"latido/hub/journal"
	"latido/hub/journal/engine"
)

// restoreConfig is the settings of latido restore.
type restoreConfig struct {
	File  string `arg:"" help:"File that latido backup has written."`
	Data  string `default:"${data}" placeholder:"DIR" help:"Folder to restore the events to (${default}); made when missing. No server may run on it."`
	Force bool   `env:"-" help:"Move events that are in the folder aside, under a dated name."`
}

// Run restores the backup.
func (c restoreConfig) Run(ctx context.Context, t *terminal) error {
	if c.File == "" || c.Data == "" {
		return fmt.Errorf("%w: restore needs a file and a folder", errUsage)
	}
	if c.File == "-" {
		return fmt.Errorf("%w: restore reads the backup twice, so it needs a file", errUsage)
	}
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("restore: %s is not a regular file, and it is read twice", c.File)
	}
	m := newMeter(t.errout, "checking")
	m.total = info.Size()
	done, err := backup.Restore(ctx, engine.Config{Dir: journalDir(c.Data)}, &meteredFile{file, m}, c.Force)
	m.clear()
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("restore: interrupted, nothing has been changed")
	case errors.Is(err, backup.ErrHoldsEvents):
		return fmt.Errorf("restore: %s holds events or accounts: choose another folder, or use --force, which moves them aside", c.Data)
	case err != nil:
		return fmt.Errorf("%s: %w", c.File, err)
	}
	c.report(t, done)
	return nil
}

func (c restoreConfig) report(t *terminal, r backup.Restored) {
	t.say("restored %s events of %s to %s; their ids begin with %s now, in place of %s",
		humanize.Comma(int64(r.Events)), r.Taken.Format(time.RFC3339), c.Data, r.NewEpoch, r.Epoch)
	if r.Aside != "" {
		t.say("the events that were there are in %s now", r.Aside)
	}
	switch {
	case r.RecordsStay:
		t.say("the backup holds no accounts, those in %s stay", c.Data)
	case r.Records > 0:
		t.say("accounts, keys and sessions are those of the backup, %d records: what was removed since then is back", r.Records)
	}
	if !r.Oldest.IsZero() && time.Since(r.Oldest) > journal.DefaultMaxAge {
		t.say("the oldest are of %s: latido serve removes what is older than its --retain-age when it starts", r.Oldest.Format(time.RFC3339))
	}
}

// meteredFile is the backup, which is read twice: to check it and to restore it.
type meteredFile struct {
	*os.File
	m *meter
}

func (f *meteredFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.m.add(n)
	return n, err
}

func (f *meteredFile) Seek(offset int64, whence int) (int64, error) {
	f.m.what, f.m.n = "restoring", 0
	return f.File.Seek(offset, whence)
}
