package main_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A program that cannot start says why in one sentence and ends.
func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	newer := t.TempDir()
	if err := os.MkdirAll(filepath.Join(newer, "journal"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(newer, "journal", "latido.format"), []byte("latido-data 99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		with   setup
		status int
		says   string
	}{
		"a folder of a newer version":    {setup{dir: newer}, 1, `newer version: it is of format 99, and this version reads up to 1: use the version that wrote it`},
		"a taken port":                   {setup{addr: taken.Addr().String()}, 1, `listen on 127\.0\.0\.1:\d+: another program uses it.*--addr`},
		"a folder below a file":          {setup{dir: filepath.Join(file, "data")}, 1, `data folder .*file/data.*not a directory`},
		"a folder that is a file":        {setup{dir: file}, 1, `data folder .*file.*not a directory`},
		"an unknown flag":                {setup{args: []string{"--colour"}}, 2, `unknown flag --colour`},
		"a flag that is no number":       {setup{args: []string{"--max-body=x"}}, 2, `--max-body`},
		"a flag out of bounds":           {setup{args: []string{"--max-body=0"}}, 2, `--max-body 0 is not between 1 and \d+`},
		"an address without port":        {setup{addr: "localhost"}, 2, `--addr "localhost" is not HOST:PORT`},
		"a bad value in the environment": {setup{env: []string{"LATIDO_MAX_BODY=x"}}, 2, `(LATIDO_MAX_BODY|--max-body)`},
		"a bad drain time":               {setup{args: []string{"--drain=-1s"}}, 2, `--drain`},
		"an unknown command":             {setup{args: []string{"fly"}}, 2, `unexpected argument fly`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := launch(t, c.with)
			if status := s.exit(); status != c.status {
				t.Errorf("the program ended with status %d, want %d", status, c.status)
			}
			oneSentence(t, s.out.text(), c.says)
		})
	}
}

// oneSentence wants one line that says what is wrong, after the program's name.
func oneSentence(t *testing.T, text, says string) {
	t.Helper()
	if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "latido: ") {
		t.Errorf("the program said this in place of one sentence:\n%s", text)
	}
	if ok, err := regexp.MatchString(says, text); err != nil || !ok {
		t.Errorf("%q does not say what is wrong: no match for %s", text, says)
	}
}

func TestSecondProcessOnTheSameFolderIsRefused(t *testing.T) {
	t.Parallel()
	first := start(t, setup{})
	second := launch(t, setup{dir: first.dir})
	if status := second.exit(); status != 1 {
		t.Errorf("the second process ended with status %d, want 1", status)
	}
	oneSentence(t, second.out.text(), regexp.QuoteMeta(first.dir)+`.*(another|use)`)
	first.client.notify("Sigo aquí", "m") // the first one has not suffered
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for flag, says := range map[string]string{"--help": "serve", "--version": "dev"} {
		s := launchArgs(t, built(t, program), []string{flag}, nil)
		if status := s.exit(); status != 0 {
			t.Errorf("%s ended with status %d", flag, status)
		}
		if !strings.Contains(s.out.text(), says) {
			t.Errorf("%s does not name %s:\n%s", flag, says, s.out.text())
		}
	}
	help := launchArgs(t, built(t, program), []string{"serve", "--help"}, nil)
	help.exit()
	for _, twin := range []string{"LATIDO_ADDR", "LATIDO_DATA", "LATIDO_DEMO", "LATIDO_MAX_BODY", "LATIDO_DRAIN", "LATIDO_LOG_LEVEL"} {
		if !strings.Contains(help.out.text(), twin) {
			t.Errorf("--help does not name %s:\n%s", twin, help.out.text())
		}
	}
}

func TestEnvironmentTwins(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "when", "missing")
	s := launchArgs(t, built(t, program), nil, []string{
		"LATIDO_ADDR=127.0.0.1:0", "LATIDO_DATA=" + dir, "LATIDO_DEMO=true", "LATIDO_MAX_BODY=1000", "LATIDO_LOG_LEVEL=DEBUG"})
	s.listens()
	if _, err := os.Stat(filepath.Join(dir, "journal")); err != nil {
		t.Errorf("LATIDO_DATA: %v", err)
	}
	if !strings.Contains(s.out.text(), "demo=true") {
		t.Errorf("LATIDO_DEMO: %s", s.out.text())
	}
	if status, text := s.client.ask(http.MethodPost, "/sse/notify/1", fields{"title": "a", "message": strings.Repeat("x", 1000)}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("LATIDO_MAX_BODY: a larger body: %d: %s", status, text)
	}
	// A flag wins over its twin.
	other := launchArgs(t, built(t, program), []string{"--data", t.TempDir(), "--addr", "127.0.0.1:0"}, []string{"LATIDO_ADDR=nonsense"})
	other.listens()
}

// The largest body that may be set must also fit into the journal.
func TestLargestBodyCanBeStored(t *testing.T) {
	t.Parallel()
	s := start(t, setup{args: []string{"--max-body", "4194304"}})
	const most = 4194304
	body := fields{"text": strings.Repeat("x", most-len(`{"text":""}`))}
	if status, text := s.client.ask(http.MethodPost, "/sse/broadcast/grande", body); status != http.StatusOK {
		t.Errorf("a body of %d bytes, as many as --max-body allows: %d: %s", most, status, text)
	}
	body["text"] = body["text"].(string) + "x"
	if status, text := s.client.ask(http.MethodPost, "/sse/broadcast/grande", body); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a byte more: %d: %s", status, text)
	}
}

// SIGTERM ends open streams in the way of the protocol, not by cutting them.
func TestEndsWithOpenStreams(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	paths := []string{"/sse/events", "/sse/metrics", "/sse/trading", "/sse/logs", "/sse/notifications/1"}
	var all []*stream
	for i := range 50 {
		_, text := s.client.ask(http.MethodGet, pages[i%3], nil, "Accept", "text/html")
		all = append(all, s.client.follow(paths[i%len(paths)]), s.client.follow(liveURL(t, text)))
	}
	s.client.waitStreams(100)
	if took := s.stop(); took > 5*time.Second {
		t.Errorf("the program took %v to end, 5 s are allowed", took)
	} else {
		t.Logf("100 open streams ended within %v", took)
	}
	for i, one := range all {
		for range one.data { // what came before the end
		}
		if !errors.Is(one.ended, io.EOF) || errors.Is(one.ended, io.ErrUnexpectedEOF) {
			t.Errorf("stream %d ended with %v", i, one.ended)
		}
	}
}

func TestEventsSurviveARestart(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.notify("Antes del final", "m")
	id := s.client.position()
	s.stop()
	again := start(t, setup{dir: s.dir})
	again.client.notify("Tras el comienzo", "m")
	_, text := again.client.ask(http.MethodGet, "/", nil, "Accept", "text/html")
	for _, title := range []string{"Antes del final", "Tras el comienzo"} {
		if !strings.Contains(text, title) {
			t.Errorf("after a restart the page lacks %q", title)
		}
	}
	if later := again.client.position(); strings.Split(later, "-")[0] != strings.Split(id, "-")[0] || sequence(t, later) <= sequence(t, id) {
		t.Errorf("after a restart ids go on with %s, after %s", later, id)
	}
}
