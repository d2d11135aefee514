package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// blocksDir is where nats-server keeps the stream's events: in files N.blk, of
// which it appends to the newest. A full one is followed by N+1.
func blocksDir(dir string) string {
	return filepath.Join(streamDir(dir, streamName), "msgs")
}

func blockName(dir string, n int) string { return filepath.Join(dir, strconv.Itoa(n)+".blk") }

// hasBlocks reports whether a file of events with something in it is there.
func hasBlocks(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*.blk"))
	for _, f := range files {
		if fi, err := os.Stat(f); err == nil && fi.Size() > 0 {
			return true
		}
	}
	return false
}

// blocks forces a stream's newest files onto the disk. It belongs to one
// goroutine.
type blocks struct {
	dir   string
	n     int       // the newest file that sync has seen
	file  *os.File  // that file; nil when there was none
	force forceFunc // see newDataSync
	end   func()    // gives back what force needs
}

// forceFunc forces a file's data onto the disk.
type forceFunc func(file *os.File) error

// sync forces onto the disk whatever had been appended before it was called.
// Files before the one where the last call ended are on it already.
func (b *blocks) sync() error {
	grown := false
	if b.file == nil || unlinked(b.file) {
		found, err := b.follow()
		if err != nil || !found {
			return err
		}
		grown = true
	}
	for {
		// The next file is looked for first: what is appended to it later was not
		// there when we were called.
		next, err := os.Open(blockName(b.dir, b.n+1))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for the next file of events: %w", err)
		}
		if err := b.force(b.file); err != nil {
			return fmt.Errorf("sync %s: %w", filepath.Base(b.file.Name()), err)
		}
		if next == nil {
			break
		}
		b.file.Close()
		b.file, b.n, grown = next, b.n+1, true
	}
	if grown {
		return syncDir(b.dir) // the names of new files are in it
	}
	return nil
}

// follow opens the oldest file above the last one seen: retention may have
// removed that one.
func (b *blocks) follow() (found bool, err error) {
	numbers, err := blockNumbers(b.dir)
	if err != nil {
		return false, err
	}
	oldest := 0
	for _, n := range numbers {
		if n > b.n && (oldest == 0 || n < oldest) {
			oldest = n
		}
	}
	if oldest == 0 {
		return false, nil
	}
	file, err := os.Open(blockName(b.dir, oldest))
	if err != nil {
		return false, fmt.Errorf("open a file of events: %w", err)
	}
	b.let()
	b.file, b.n = file, oldest
	return true, nil
}

// blockNumbers lists the files of events, in no order.
func blockNumbers(dir string) (numbers []int, err error) {
	names, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the files of events: %w", err)
	}
	for _, name := range names {
		digits, ok := strings.CutSuffix(name.Name(), ".blk")
		if n, err := strconv.Atoi(digits); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

func (b *blocks) close() {
	b.let()
	b.end()
}

func (b *blocks) let() {
	if b.file != nil {
		b.file.Close()
		b.file = nil
	}
}

// syncTree forces a folder and everything in it onto the disk.
func syncTree(dir string) error { return syncTreeBy(dir, (*os.File).Sync) }

// syncTreeBy does so with another way to force a file.
func syncTreeBy(dir string, force forceFunc) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // the engine removes files of its own accord
		case err != nil:
			return fmt.Errorf("look through the data folder: %w", err)
		case d.IsDir():
			return syncDir(path)
		case !d.Type().IsRegular():
			return nil
		}
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sync the data folder: %w", err)
		}
		defer file.Close()
		if err := force(file); err != nil {
			return fmt.Errorf("sync the data folder: %w", err)
		}
		return nil
	})
}

func syncDir(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync the folder %s: %w", dir, err)
	}
	return nil
}
