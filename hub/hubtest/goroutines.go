package hubtest

import (
	"runtime"
	"strings"
)

// Goroutines returns the stacks of the goroutines that run, or were started by,
// code of a package, such as "latido/streams". Test functions do not count, nor do
// packages below it.
func Goroutines(pkg string) (stacks []string) {
	buf := make([]byte, 1<<20)
	for n := runtime.Stack(buf, true); ; n = runtime.Stack(buf, true) {
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		if (strings.Contains(stack, "\n"+pkg+".") || strings.Contains(stack, "created by "+pkg+".")) && !strings.Contains(stack, "testing.tRunner(") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}
