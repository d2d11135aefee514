//go:build unix

package streams

import (
	"fmt"
	"os"
	"syscall"
)

// deviceOf returns a name of the file system that path is on, or "" when it is
// unknown.
func deviceOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprint(st.Dev)
}
