//go:build !linux

package journal

import (
	"math"
	"os"
)

// dataSync forces a file onto the disk.
func dataSync(f *os.File) error { return f.Sync() }

// newDataSync answers dataSync.
func newDataSync() (force forceFunc, end func()) {
	return dataSync, func() {}
}

// unlinked reports whether an open file has no name any more.
func unlinked(f *os.File) bool {
	now, err := os.Stat(f.Name())
	if err != nil {
		return true
	}
	then, err := f.Stat()
	return err != nil || !os.SameFile(now, then)
}

// room is not known here: a full disk shows when a write fails.
func room(string) (int64, error) { return math.MaxInt64, nil }

// bootID is not known here: every end that was not clean may have been a power
// cut.
func bootID() string { return "" }

func device(string) uint64 { return 0 }
