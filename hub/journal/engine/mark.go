package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"latido/hub/journal/fsync"
)

// markFile tells the next Run how the last one was, and how it ended.
const markFile = "latido.json"

// mark is what the file says.
type mark struct {
	Durability Durability `json:"durability"`
	Clean      bool       `json:"clean"`  // everything was on the disk when it ended
	Boot       string     `json:"boot"`   // see bootID
	Device     uint64     `json:"device"` // see device
}

func newMark(cfg Config) mark {
	return mark{Durability: cfg.Durability, Boot: bootID(), Device: device(cfg.Dir)}
}

// mayHaveLost reports whether events that were shown to readers may be missing now:
// the Run before was fast, was not ended cleanly, and the machine has been started
// since, or the folder is on another device. As long as the machine has run on, what
// was written is in its memory if it is not on its disk. Sequences would be used a
// second time, so the epoch must change.
func (m mark) mayHaveLost(now mark) bool {
	return m.Durability == Fast && !m.Clean && (m.Boot == "" || m.Boot != now.Boot || m.Device != now.Device)
}

// readMark returns the mark of the Run before. For a folder that has none it is that of
// a Run that can have lost nothing, unless messages are there: versions before the
// mark were fast and said nothing about their end.
func readMark(dir string) (mark, error) {
	b, err := os.ReadFile(filepath.Join(dir, markFile))
	if errors.Is(err, fs.ErrNotExist) {
		if holdsAny(dir) {
			return mark{Durability: Fast}, nil
		}
		return mark{Clean: true}, nil
	}
	if err != nil {
		return mark{}, fmt.Errorf("read how the journal was left: %w", err)
	}
	var m mark
	if err := json.Unmarshal(b, &m); err != nil {
		// It is written in one piece, so the disk has lost something.
		return mark{Durability: Fast}, nil
	}
	return m, nil
}

// write puts the mark on the disk, in one piece.
func (m mark) write(dir string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("note how the journal is run: %w", err)
		}
	}()
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, markFile)
	file, err := os.OpenFile(name+".tmp", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".tmp", name); err != nil {
		return err
	}
	return fsync.SyncDir(dir)
}
