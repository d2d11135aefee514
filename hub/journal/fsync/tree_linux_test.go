package fsync

import (
	"errors"
	"syscall"
	"testing"
)

// TestSyncDirThatFails: the kernel cannot force the names of /proc onto a disk.
func TestSyncDirThatFails(t *testing.T) {
	if err := SyncDir("/proc"); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v, want EINVAL", err)
	}
}
