package main_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds the wait for anything that should happen at once: long enough
// for a busy machine under the race detector.
const patience = 20 * time.Second

// server is a running program.
type server struct {
	testing.TB
	url    string // http://127.0.0.1:PORT
	dir    string // its data folder
	client client

	cmd    *exec.Cmd
	out    logged
	exited chan struct{} // closed when the process is gone
	status error         // what Wait returned; read it after exited

	anyStatus bool           // however it ended, it was meant to
	expected  *regexp.Regexp // records of errors that belong to the test; nil for none
}

// setup is how a program is started. Its zero value is a server on a free port
// and a new folder, without simulated data.
type setup struct {
	dir    string   // data folder
	addr   string   // "" for a free port of this machine
	args   []string // more flags
	env    []string // more environment
	binary func() (string, error)
}

var demo = setup{args: []string{"--demo"}}

// start runs the program until it takes events. The test's end ends it.
func start(t testing.TB, with setup) *server {
	t.Helper()
	s := launch(t, with)
	s.listens()
	return s
}

// listening is the line with which the program says where it can be reached.
var listening = regexp.MustCompile(`msg=listening url=(\S+)`)

func (s *server) listens() {
	s.Helper()
	if !s.out.wait(s.exited, listening.MatchString) {
		s.Fatalf("the program did not begin to listen:\n%s", s.out.text())
	}
	s.url = listening.FindStringSubmatch(s.out.text())[1]
	s.client = newClient(s, s.url)
	eventually(s, "a server that is ready", func() bool {
		status, _ := s.client.ask(http.MethodGet, "/readyz", nil)
		return status == http.StatusOK
	})
}

// launch starts the program and leaves it to the caller what to wait for.
func launch(t testing.TB, with setup) *server {
	t.Helper()
	if with.binary == nil {
		with.binary = program
	}
	if with.dir == "" {
		with.dir = t.TempDir()
	}
	if with.addr == "" {
		with.addr = "127.0.0.1:0"
	}
	args := append([]string{"--data", with.dir, "--addr", with.addr}, with.args...)
	s := launchArgs(t, built(t, with.binary), args, with.env)
	s.dir = with.dir
	return s
}

func launchArgs(t testing.TB, path string, args, env []string) *server {
	t.Helper()
	return launchInput(t, path, args, env, "")
}

// launchInput is launchArgs for a program that reads.
func launchInput(t testing.TB, path string, args, env []string, input string) *server {
	t.Helper()
	s := &server{TB: t, exited: make(chan struct{}), cmd: exec.Command(path, args...)}
	s.cmd.Stdin = strings.NewReader(input)
	s.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "LATIDO_") && !strings.HasPrefix(v, "LATIDO_ORDINARY_STREAMS=") // see make test-ordinary
	}), env...)
	if raced {
		// By default every program built with -race waits a second before it ends.
		s.cmd.Env = append(s.cmd.Env, "GORACE=atexit_sleep_ms=10 "+os.Getenv("GORACE"))
	}
	s.out.changed = make(chan struct{}, 1)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.exited)
		s.status = s.cmd.Wait()
	}()
	t.Cleanup(s.finish)
	return s
}

// finish ends the program if it runs, and fails the test when it ended badly or
// wrote of a fault.
func (s *server) finish() {
	if !s.anyStatus {
		s.stop()
	}
	for line := range strings.Lines(s.out.text()) {
		if s.expected != nil && s.expected.MatchString(line) {
			continue
		}
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "DATA RACE") || strings.HasPrefix(line, "panic:") {
			s.Errorf("the program wrote of a fault:\n%s", s.out.text())
			return
		}
	}
}

// stop asks the program to end, waits for it, and fails the test unless its
// status is 0. It returns how long that took.
func (s *server) stop() time.Duration {
	s.Helper()
	begun := time.Now()
	select {
	case <-s.exited: // by itself
	default:
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			s.Error(err)
		}
	}
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.Errorf("the program did not end within %v of SIGTERM:\n%s", patience, s.out.text())
		s.kill()
		return time.Since(begun)
	}
	if s.status != nil && !s.anyStatus {
		s.Errorf("the program ended with %v:\n%s", s.status, s.out.text())
	}
	return time.Since(begun)
}

// kill ends the program without a warning, as a power cut would.
func (s *server) kill() {
	s.Helper()
	s.anyStatus = true
	if err := s.cmd.Process.Kill(); err != nil {
		s.Error(err)
	}
	<-s.exited
}

// exit waits until the program has ended by itself and returns its status.
func (s *server) exit() int {
	s.Helper()
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.kill()
		s.Fatalf("the program did not end:\n%s", s.out.text())
	}
	s.anyStatus = true
	return s.cmd.ProcessState.ExitCode()
}

// logged keeps what a process writes, for readers beside it.
type logged struct {
	mu      sync.Mutex
	b       strings.Builder
	changed chan struct{}
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Write(p)
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// wait returns true once the text satisfies ok, and false when the process has
// ended or too much time has passed without.
func (l *logged) wait(exited <-chan struct{}, ok func(string) bool) bool {
	late := time.After(patience)
	for !ok(l.text()) {
		select {
		case <-l.changed:
		case <-exited:
			return ok(l.text())
		case <-late:
			return false
		}
	}
	return true
}
