package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

func startChild(t *testing.T) *baseline {
	t.Helper()
	t.Setenv(childEnv, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=10 "+os.Getenv("GORACE")) // by default it waits a second
	cores, err := allowedCores()
	if err != nil {
		t.Fatal(err)
	}
	b, err := startBaseline(t.Context(), []string{os.Args[0]}, cores[:1])
	if err != nil {
		t.Fatal(err)
	}
	allowed, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	if want := fmt.Appendf(nil, "Cpus_allowed_list:\t%d\n", cores[0]); err != nil || !bytes.Contains(allowed, want) {
		t.Errorf("the child is not kept on core %d (%v)", cores[0], err)
	}
	return b
}

func TestBaselineDeliversAndEnds(t *testing.T) {
	b := startChild(t)
	pid := b.cmd.Process.Pid
	cfg := serve(t, &small{}).config()
	cfg.Stalled, cfg.Channels, cfg.Size = .1, 1, 100000 // a body of many reads
	for range 2 {                                       // the second run finds no one of the first
		res := measure(t, b.aim(cfg))
		counts{connected: 60, stalled: 6, sent: 30, expected: 54 * 30, received: 54 * 30}.check(t, res)
		if !slices.Equal(res.PIDs, []int{pid}) || res.DeliveryCPU == nil || res.MemoryPer == nil {
			t.Errorf("the child %d was not measured: %v, %s", pid, res.PIDs, res.Note)
		}
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
}

func TestBaselineKnowsChannels(t *testing.T) {
	b := startChild(t)
	res := measure(t, b.aim(serve(t, &small{}).config()))
	counts{connected: 60, sent: 30, expected: 600, received: 600}.check(t, res)
	if err := b.stop(); err != nil {
		t.Error(err)
	}
}

// When the program that started it is gone, however that came, its end of the
// pipe is closed.
func TestBaselineEndsWithItsStdin(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=1", "GORACE=atexit_sleep_ms=10 "+os.Getenv("GORACE"))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the child goes on")
		cmd.Process.Kill()
		<-ended
	}
}

func TestFindsTheListeningProcess(t *testing.T) {
	t.Parallel()
	for _, on := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::]:0", "[::1]:0", ":0"} {
		l, err := net.Listen("tcp", on)
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).AddrPort().Port()
		at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
		if on == "[::1]:0" {
			at = netip.AddrPortFrom(netip.MustParseAddr("::1"), port)
		}
		pids, err := listeners(at)
		if err != nil || !slices.Equal(pids, []int{os.Getpid()}) {
			t.Errorf("on %s, %v listens on %v (%v), want this process", on, pids, at, err)
		}
		// A connection that is left over is not a server.
		client, err := net.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		served, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if pids, err := listeners(at); err == nil {
			t.Errorf("%v listens on %v, which is closed", pids, at)
		}
		client.Close()
		served.Close()
	}
}
