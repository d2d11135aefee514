package fsync

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Segments is a Disk: files with numbers for names in one folder, of which the newest
// is appended to and a full one is followed by the next number. It belongs to one
// goroutine.
type Segments struct {
	dir    string
	suffix string
	n      int      // the newest file that Sync has seen
	file   *os.File // that file; nil when there was none
	force  Force

	// syncNames forces the folder onto the disk, and with it the names of new files.
	// It is a full fsync: fdatasync need not write a new entry of a folder.
	syncNames func(dir string) error
}

// NewSegments returns the files NUMBER+suffix in dir. All those that are there, but
// the newest, must be on the disk already. force nil is DataSync.
func NewSegments(dir, suffix string, force Force) (*Segments, error) {
	s := &Segments{dir: dir, suffix: suffix, force: force, syncNames: SyncDir}
	if force == nil {
		s.force = DataSync
	}
	numbers, err := s.numbers()
	if err != nil {
		return nil, err
	}
	if len(numbers) > 0 {
		s.n = slices.Max(numbers) - 1
	}
	return s, nil
}

func (s *Segments) name(n int) string { return filepath.Join(s.dir, strconv.Itoa(n)+s.suffix) }

// Sync forces onto the disk what had been appended before it was called. Files before
// the one where the last call ended are on it already.
func (s *Segments) Sync() error {
	grown := false
	if s.file == nil || unlinked(s.file) {
		found, err := s.openOldest()
		if err != nil || !found {
			return err
		}
		grown = true
	}
	for {
		// The next file is looked for first: what is appended to it later was not
		// there when Sync was called.
		next, err := os.Open(s.name(s.n + 1))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for the next file of events: %w", err)
		}
		if err := s.force(s.file); err != nil {
			return fmt.Errorf("sync %s: %w", filepath.Base(s.file.Name()), err)
		}
		if next == nil {
			break
		}
		s.file.Close()
		s.file, s.n, grown = next, s.n+1, true
	}
	if grown {
		return s.syncNames(s.dir)
	}
	return nil
}

// openOldest opens the oldest file above the last one seen, which may have been
// removed meanwhile.
func (s *Segments) openOldest() (found bool, err error) {
	numbers, err := s.numbers()
	if err != nil {
		return false, err
	}
	numbers = slices.DeleteFunc(numbers, func(n int) bool { return n <= s.n })
	if len(numbers) == 0 {
		return false, nil
	}
	oldest := slices.Min(numbers)
	file, err := os.Open(s.name(oldest))
	if err != nil {
		return false, fmt.Errorf("open a file of events: %w", err)
	}
	s.Close()
	s.file, s.n = file, oldest
	return true, nil
}

// numbers lists the files, in no order.
func (s *Segments) numbers() (numbers []int, err error) {
	names, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the files of events: %w", err)
	}
	for _, name := range names {
		digits, ok := strings.CutSuffix(name.Name(), s.suffix)
		if n, err := strconv.Atoi(digits); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// Close closes the open file.
func (s *Segments) Close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}
