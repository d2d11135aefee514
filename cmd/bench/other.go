//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: it needs Linux: it reads /proc and waits with epoll")
	os.Exit(1)
}
