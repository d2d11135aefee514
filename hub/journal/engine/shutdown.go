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

// shutdownFile records for the next Run how the last one ran, and how it ended.
const shutdownFile = "latido.json"

// shutdown is what the file says.
type shutdown struct {
	Durability Durability `json:"durability"`
	Clean      bool       `json:"clean"`  // everything was on the disk when it ended
	Boot       string     `json:"boot"`   // see bootID
	Device     uint64     `json:"device"` // see device
}

func newShutdown(cfg Config) shutdown {
	return shutdown{Durability: cfg.Durability, Boot: bootID(), Device: device(cfg.Dir)}
}

// mayHaveLost reports whether events that were shown to readers may be missing now:
// the Run before was fast, was not ended cleanly, and the machine has been started
// since, or the folder is on another device. As long as the machine has run on, what
// was written is in its memory if it is not on its disk. Sequences would be used a
// second time, so the epoch must change.
func (m shutdown) mayHaveLost(now shutdown) bool {
	return m.Durability == Fast && !m.Clean && (m.Boot == "" || m.Boot != now.Boot || m.Device != now.Device)
}

// readShutdown returns how the Run before ended. For a folder that has no record it is that of
// a Run that can have lost nothing, unless messages are there: versions before the
// record were fast and said nothing about their end.
func readShutdown(dir string) (shutdown, error) {
	b, err := os.ReadFile(filepath.Join(dir, shutdownFile))
	if errors.Is(err, fs.ErrNotExist) {
		if holdsAny(dir) {
			return shutdown{Durability: Fast}, nil
		}
		return shutdown{Clean: true}, nil
	}
	if err != nil {
		return shutdown{}, fmt.Errorf("read how the last run ended: %w", err)
	}
	var m shutdown
	if err := json.Unmarshal(b, &m); err != nil {
		// It is written in one piece, so the disk has lost something.
		return shutdown{Durability: Fast}, nil
	}
	return m, nil
}

// write writes the record onto the disk, in one piece.
func (m shutdown) write(dir string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write how the journal runs: %w", err)
		}
	}()
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, shutdownFile)
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
