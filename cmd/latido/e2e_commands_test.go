//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestCommandsWhileTheServerStarts: a server that has taken its folder and is not
// ready yet holds it alone, also where a killed one has left its socket. A command
// says what to do, and changes nothing.
func TestCommandsWhileTheServerStarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, before := range []string{"a new folder", "a folder with the socket of a server that was killed"} {
		// The server reads its keys when it has opened the folder, and waits for them as
		// long as the test holds the FIFO open.
		fifo := filepath.Join(t.TempDir(), "keys")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		keys, err := os.OpenFile(fifo, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		s := launch(t, setup{dir: dir, args: []string{"--jwt-key", fifo, "--log-level", "DEBUG"}})
		if !s.out.wait(s.exited, func(text string) bool { return strings.Contains(text, "Server is ready") }) {
			t.Fatalf("the server did not open %s:\n%s", before, s.out.text())
		}
		for _, args := range [][]string{
			{"user", "list"}, {"user", "add", "temprana"}, {"key", "add", "temprana", "--publish", "*"},
			{"backup", filepath.Join(t.TempDir(), "file")},
		} {
			c := launchInput(t, built(t, program), append(args, "--data", dir), nil, password+"\n")
			if status := c.exit(); status != 1 {
				t.Errorf("%s: %v ended with status %d", before, args, status)
			}
			oneSentence(t, c.out.text(), dir+` is in use.*a server is starting or stopping.*Try again in a moment\n$`)
		}
		if _, err := keys.WriteString("a secret that is long enough for HS256\n"); err != nil {
			t.Fatal(err)
		}
		keys.Close()
		s.listens()
		for _, list := range []string{"user", "key"} {
			if says := succeeds(t, list, "list", "--data", dir); strings.Contains(says, "temprana") {
				t.Errorf("%s: a command that failed has left something:\n%s", before, says)
			}
		}
		s.kill()
	}
	onlyOneDirectory(t, dir)
}

// TestCommandsWhileTheServerDrains: after SIGTERM, with streams open, commands go on
// to use the server, which does what they ask before it ends.
func TestCommandsWhileTheServerDrains(t *testing.T) {
	t.Parallel()
	s := start(t, setup{args: []string{"--drain", (patience / 2).String()}})
	manages(t, "setup", "--data", s.dir)
	admin := s.client.with("Cookie", s.client.login("admin"))
	for range 20 {
		admin.follow("/sse/events").until("connected")
	}
	unfinished := beginPost(t, s, "vaciado", "a medias", "Cookie", admin.as[1]) // the server waits for it
	ended := s.drains()
	// On a slow machine the server may end meanwhile: a command that says so is run again.
	again := func(args ...string) (says string) {
		eventually(t, "a command that succeeds", func() bool {
			c := launchInput(t, built(t, program), append(args, "--data", s.dir), nil, password+"\n")
			status := c.exit()
			if says = c.out.text(); status != 0 {
				oneSentence(t, says, "Try again in a moment")
			}
			return status == 0
		})
		return says
	}
	again("user", "add", "tardia")
	key := secretOf(again("key", "add", "tardia", "--publish", "*"))
	if says := again("user", "list"); !strings.Contains(says, "tardia") {
		t.Errorf("the list says %q", says)
	}
	_, _ = unfinished.end() // it has served its purpose
	receive(t, "the end", ended)
	onlyOneDirectory(t, s.dir)

	second := start(t, setup{dir: s.dir})
	second.client.login("tardia")
	if status, text := second.client.with("Authorization", "Bearer "+key).ask(http.MethodPost, "/sse/broadcast/vaciado", fields{"n": 1}); status != http.StatusOK {
		t.Errorf("the key that was made during the drain: %d %s", status, text)
	}
}

// onlyOneDirectory wants nothing in a data folder but what a server keeps there.
func onlyOneDirectory(t *testing.T, dir string) {
	t.Helper()
	for sub, known := range map[string][]string{
		"":        {"control.sock", "exports", "journal"},
		"journal": {"jetstream", "latido.format", "latido.json", "latido.lock"},
	} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !slices.Contains(known, e.Name()) {
				t.Errorf("the folder holds %s", filepath.Join(sub, fmt.Sprint(e)))
			}
		}
	}
}
