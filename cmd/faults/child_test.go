package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// patience bounds the wait for anything that should happen soon.
const patience = 30 * time.Second

// child is the program under test: a process that can be killed and started
// again on the same address. Its methods belong to one goroutine.
type child struct {
	binary string
	addr   string
	dir    string // its data folder
	args   []string

	cmd    *exec.Cmd
	exited chan struct{} // closed when the process is gone
	out    *tail         // of the present process
	used   time.Duration // processors' time of the process before this one
	faults []string      // what earlier processes wrote of faults
}

// child makes a child on a free port. Nothing runs yet.
func (s *stage) child(dir string, args ...string) (*child, error) {
	addr, err := s.freeAddr()
	if err != nil {
		return nil, err
	}
	c := &child{binary: s.binary, addr: addr, dir: dir, args: args}
	s.after(c.kill)
	return c, nil
}

// runningChild makes a child and starts it.
func (s *stage) runningChild(ctx context.Context, dir string, args ...string) (*child, error) {
	c, err := s.child(dir, args...)
	if err != nil {
		return nil, err
	}
	_, err = c.start(ctx)
	return c, err
}

// freeAddr finds a port below those that the system gives to outgoing
// connections: while the program is dead its clients go on dialling, and one of
// them could be given the very port it dials.
func (s *stage) freeAddr() (string, error) {
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+s.rnd.IntN(10000)))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("find a free port: a hundred of them are taken")
}

func (c *child) url() string { return "http://" + c.addr }

// launch starts the process and waits for nothing.
func (c *child) launch() error {
	if c.cmd != nil {
		return errors.New("start the program: it runs already")
	}
	cmd := exec.Command(c.binary, append([]string{"serve", "--addr", c.addr, "--data", c.dir}, c.args...)...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "LATIDO_") && !strings.HasPrefix(v, "LATIDO_ORDINARY_STREAMS=")
	}), "GORACE=atexit_sleep_ms=10") // or every program built with -race waits a second before it ends
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the program: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how it ended is in its ProcessState
	}()
	c.cmd, c.out, c.exited = cmd, out, exited
	return nil
}

// start starts the process and returns how long it took until it was ready.
func (c *child) start(ctx context.Context) (time.Duration, error) {
	if err := c.launch(); err != nil {
		return 0, err
	}
	took, ready := eventually(ctx, patience, func() bool { return c.gone() || c.ready(ctx) })
	switch {
	case ctx.Err() != nil:
		return took, ctx.Err()
	case c.gone():
		return took, fmt.Errorf("the program ended before it was ready: %s", c.out.last())
	case !ready:
		return took, fmt.Errorf("the program was not ready after %v: %s", took.Round(time.Second), c.out.last())
	}
	return took, nil
}

func (c *child) gone() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// probe has no keep-alive: a probe must not find out that the process before
// this one closed its connection.
var probe = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// ready asks /readyz once.
func (c *child) ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url()+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := probe.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}

// kill ends the process without a warning, if it runs, and waits for its end.
func (c *child) kill() error {
	if c.cmd == nil {
		return nil
	}
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the program: %w", err)
	}
	<-c.exited
	c.forget()
	return nil
}

// exit waits until the process has ended by itself and returns its status and
// what it wrote last. One that goes on is an error.
func (c *child) exit(ctx context.Context) (status int, text string, err error) {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-c.exited:
		status, text = c.cmd.ProcessState.ExitCode(), c.out.text()
		c.forget()
		return status, text, nil
	case <-t.C:
		return 0, c.out.text(), errors.New("the program has not ended")
	case <-ctx.Done():
		return 0, "", ctx.Err()
	}
}

// forget lets another process be started, and keeps what this one said of faults.
func (c *child) forget() {
	for line := range strings.Lines(c.out.text()) {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") || strings.Contains(line, "DATA RACE") {
			c.faults = append(c.faults, "the program wrote: "+strings.TrimSpace(line))
		}
	}
	c.used = c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()
	c.cmd = nil
}

// lastWords are the last lines that the present process has written.
func (c *child) lastWords() string {
	if c.cmd == nil {
		return "nothing, it does not run"
	}
	return c.out.last()
}

// tail keeps the last of what a process writes.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailLen = 64 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > 2*tailLen {
		t.b = append([]byte(nil), t.b[len(t.b)-tailLen:]...)
	}
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// last returns the last lines in one.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(t.text()), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}
