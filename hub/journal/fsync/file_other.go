//go:build !linux

package fsync

import "os"

// DataSync forces a file onto the disk.
func DataSync(f *os.File) error { return f.Sync() }

// unlinked reports whether an open file has no name any more.
func unlinked(f *os.File) bool {
	now, err := os.Stat(f.Name())
	if err != nil {
		return true
	}
	then, err := f.Stat()
	return err != nil || !os.SameFile(now, then)
}
