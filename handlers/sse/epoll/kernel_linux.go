package epoll

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel is how bytes leave; tests replace it by one that takes little.
type kernel struct {
	send  func(fd int, b []byte) (int, syscall.Errno)
	sendv func(fd int, v []unix.Iovec) (int, syscall.Errno)
}

// Writes go around the scheduler's book-keeping of system calls (RawSyscall):
// the flags keep them from blocking, and the book-keeping costs as much as a small
// frame. A gone peer is an error, not a signal.
const sendFlags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL

// sendBytes writes what fits and returns how much that was.
func sendBytes(fd int, b []byte) (int, syscall.Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), sendFlags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}

// sendVector writes what fits of several parts, in one call and without joining
// them. None of them is empty.
func sendVector(fd int, v []unix.Iovec) (int, syscall.Errno) {
	if len(v) == 0 {
		return 0, 0
	}
	msg := unix.Msghdr{Iov: &v[0]}
	msg.SetIovlen(len(v))
	n, _, errno := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), sendFlags)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
