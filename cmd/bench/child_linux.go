package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// baseline is a bare loop of writes that runs as a process of its own, so that
// its CPU is counted apart from the load's.
type baseline struct {
	url   string
	cmd   *exec.Cmd
	stdin io.Closer
}

// startBaseline runs command, which must end in serveBaseline, kept on the given
// cores (anywhere when there are none), and returns once it listens. Stop ends
// it; so does the end of this process, however it comes.
func startBaseline(ctx context.Context, command []string, cores []int) (*baseline, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	// A Ctrl-C is for this process, which ends the child.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("prepare the baseline: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the baseline: %w", err), stdin.Close())
	}
	if err := startOn(cmd, cores); err != nil {
		return nil, fmt.Errorf("start the baseline: %w", err)
	}
	b := &baseline{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the address of the baseline: %w", err), b.stop())
	}
	b.url = strings.TrimSpace(line)
	return b, nil
}

// startOn starts a process from a thread that is pinned: the child inherits it.
func startOn(cmd *exec.Cmd, cores []int) error {
	if len(cores) == 0 {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, during unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("read the allowed cores: %w", err)
	}
	for _, c := range cores {
		during.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &during); err != nil {
		return fmt.Errorf("pin to the cores %v: %w", cores, err)
	}
	return errors.Join(cmd.Start(), unix.SchedSetaffinity(0, &before))
}

// aim returns the configuration of the same load on the baseline.
func (b *baseline) aim(cfg config) config {
	cfg.URL, cfg.SubscribePath, cfg.PublishPath = b.url, "/{channel}", "/{channel}"
	cfg.PID = []int{b.cmd.Process.Pid}
	return cfg
}

// stop ends the process and waits for it.
func (b *baseline) stop() error {
	if err := errors.Join(b.stdin.Close(), b.cmd.Wait()); err != nil {
		return fmt.Errorf("end the baseline: %w", err)
	}
	return nil
}
