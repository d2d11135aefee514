//go:build unix

package main

import (
	"os/exec"
	"syscall"
	"time"
)

// endWithChildren has a command that takes too long killed together with what it started:
// go test would leave the tests running, and they would keep its output open.
func endWithChildren(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
}
