package journal

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// dataSync forces a file's data, and what is needed to find it, onto the disk.
func dataSync(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// newDataSync answers a function that does what dataSync does, without holding a
// thread, where the system can; and what gives back what it needs. It belongs to
// one goroutine.
func newDataSync() (force forceFunc, end func()) {
	a, err := newAsyncSync()
	if err != nil { // not allowed, or too many in this system
		return dataSync, func() {}
	}
	return a.sync, a.close
}

// unlinked reports whether an open file has no name any more.
func unlinked(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}

// room answers how many bytes this process may still write below dir.
func room(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, os.NewSyscallError("statfs", err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// bootID names the time since the machine was started; "" when it is not known.
func bootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b))
}

// device names the file system that dir lies on.
func device(dir string) uint64 {
	fi, err := os.Stat(dir)
	if err != nil {
		return 0
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return st.Dev
}
