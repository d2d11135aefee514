//go:build linux || darwin

package main

import "syscall"

// reservedFiles are the descriptors that streams leave to requests, the
// journal and its files.
const reservedFiles = 512

// streamLimit returns how many streams may be open: as many as wanted, but no more
// than open files allow, so that a stream is refused with a response and not
// because accept failed. Go has raised the soft limit to the hard one.
func streamLimit(wanted int) int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return wanted // accept will fail if there are too many
	}
	return min(wanted, max(1, int(min(files.Cur, 1<<30))-reservedFiles))
}
