package fsync

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// DataSync forces a file's data, and what is needed to find it, onto the disk.
func DataSync(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// unlinked reports whether an open file has no name any more.
func unlinked(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}
