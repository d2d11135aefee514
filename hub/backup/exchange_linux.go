package backup

import "golang.org/x/sys/unix"

// exchange swaps two folders in one step, so that whatever ends the program, one
// of them stands under each name. File systems that cannot do that get the
// steps of exchangeInSteps.
func exchange(a, b string) error {
	if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err == nil {
		return nil
	}
	return exchangeInSteps(a, b)
}
