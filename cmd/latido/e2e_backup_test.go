//go:build unix

package main_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"latido/hub/backup"
)

// latido runs the program to its end and returns its status and what it says.
func latido(t testing.TB, args ...string) (status int, says string) {
	t.Helper()
	s := launchArgs(t, built(t, program), args, nil)
	return s.exit(), s.out.text()
}

// succeeds runs a command that must, and returns what it says.
func succeeds(t testing.TB, args ...string) string {
	t.Helper()
	status, says := latido(t, args...)
	if status != 0 {
		t.Fatalf("latido %s ended with status %d:\n%s", strings.Join(args, " "), status, says)
	}
	return says
}

// The promise of a backup: events, order and times come back, and clients that
// knew the old journal get a gap that says so.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for i := range 20 {
		s.client.post("/sse/broadcast/copia", fields{"n": i})
	}
	s.client.notify("Guardada", "m")
	want := s.client.history("copia", "")
	file := filepath.Join(t.TempDir(), "latido.backup")
	says := succeeds(t, "backup", file, "--data", s.dir)
	if ok, err := regexp.MatchString(`^latido: backed up \d+ events, up to \w+-\d+, in [\d.]+ \w+\n$`, says); err != nil || !ok {
		t.Errorf("backup says %q", says)
	}
	for i := range 5 {
		s.client.post("/sse/broadcast/copia", fields{"after": i})
	}
	late := s.client.history("copia", "")[len(want):]
	s.stop()

	dir := filepath.Join(t.TempDir(), "restored")
	succeeds(t, "restore", file, "--data", dir)
	again := start(t, setup{dir: dir})
	got := again.client.history("copia", "")
	if len(got) != len(want) {
		t.Fatalf("%d events restored, want %d", len(got), len(want))
	}
	epoch := strings.Split(want[0].ID, "-")[0]
	for i, g := range got {
		w := want[i]
		if !bytes.Equal(g.Data, w.Data) || !g.Time.Equal(w.Time) || g.Event != w.Event || sequence(t, g.ID) != sequence(t, w.ID) {
			t.Errorf("event %d is %+v, want %+v", i, g, w)
		}
		if strings.HasPrefix(g.ID, epoch+"-") {
			t.Errorf("event %d has an id of the old epoch: %s", i, g.ID)
		}
	}
	if _, text := again.client.ask(http.MethodGet, "/", nil, "Accept", "text/html"); !strings.Contains(text, "Guardada") {
		t.Error("the page lacks the restored notification")
	}
	// A client of the old journal, one that had seen what was posted after the
	// backup too, gets a gap, and then what is new.
	for _, last := range []string{want[3].ID, late[4].ID} {
		stream := again.client.follow("/sse/events?channel=copia&last_event_id=" + last)
		if gap := stream.until(`"gap"`); !strings.Contains(gap, `"reason":"reset"`) {
			t.Errorf("a client that comes back with %s gets %s", last, gap)
		}
		again.client.post("/sse/broadcast/copia", fields{"new": last})
		stream.until(last)
	}
}

// A backup of a server in full use holds all that was acknowledged before it.
func TestBackupWhileServing(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	if info, err := os.Stat(filepath.Join(s.dir, "control.sock")); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("the socket: %v, %v; only its owner should reach it", info.Mode(), err)
	}
	for i := range 3 {
		acked := s.client.position()
		file := filepath.Join(t.TempDir(), "latido.backup")
		succeeds(t, "backup", file, "--data", s.dir)
		s.client.notify(fmt.Sprint("Entretanto ", i), "m")
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		info, err := backup.Check(f)
		f.Close()
		if err != nil || info.Last < uint64(sequence(t, acked)) {
			t.Errorf("the backup reaches to %d and %v; %s was acknowledged before", info.Last, err, acked)
		}
	}
	s.stop()
	if _, err := os.Stat(filepath.Join(s.dir, "control.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a server that has stopped leaves its socket: %v", err)
	}
}

// What kill -9 leaves does not disturb a later run.
func TestBackupAfterAKill(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.notify("Antes", "m")
	s.kill()
	if _, err := os.Stat(filepath.Join(s.dir, "control.sock")); err != nil {
		t.Errorf("the test wants a socket that was left: %v", err)
	}
	succeeds(t, "backup", filepath.Join(t.TempDir(), "stopped"), "--data", s.dir)
	again := start(t, setup{dir: s.dir})
	succeeds(t, "backup", filepath.Join(t.TempDir(), "running"), "--data", s.dir)
	again.stop()
}

// A folder whose name is longer than a socket's may be.
func TestBackupOfAFolderWithALongName(t *testing.T) {
	t.Parallel()
	s := start(t, setup{dir: filepath.Join(t.TempDir(), strings.Repeat("largo", 30))})
	s.client.notify("Hola", "m")
	succeeds(t, "backup", filepath.Join(t.TempDir(), "file"), "--data", s.dir)
}

func TestBackupToStdout(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.notify("Hola", "m")
	cmd := exec.Command(built(t, program), "backup", "-", "--data", s.dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := backup.Check(bytes.NewReader(out)); err != nil || info.Version != "dev" {
		t.Errorf("stdout holds %+v and %v", info, err)
	}
}

// Backups that are refused leave no file; restores that are refused, no change.
func TestBackupAndRestoreRefuse(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.notify("Hola", "m")
	files := t.TempDir()
	good, cut, other := filepath.Join(files, "good"), filepath.Join(files, "cut"), filepath.Join(files, "other")
	succeeds(t, "backup", good, "--data", s.dir)
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{cut: whole[:len(whole)-1], other: []byte("Querido diario\n")} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fifo := filepath.Join(files, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	slip, empty := filepath.Join(files, "slip"), t.TempDir()
	held := t.TempDir()
	succeeds(t, "restore", good, "--data", held)
	before, err := os.ReadDir(files)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status int
		says   string
		args   []string
	}{
		"a file that exists":         {1, `good exists.*--force`, []string{"backup", good, "--data", s.dir}},
		"not a regular file":         {1, `fifo is not a regular file`, []string{"backup", fifo, "--data", s.dir, "--force"}},
		"a folder for the file":      {1, `not a regular file`, []string{"backup", files, "--data", s.dir, "--force"}},
		"a file below a missing one": {1, `no such file`, []string{"backup", filepath.Join(slip, "x"), "--data", s.dir}},
		"a folder that is missing":   {1, `slip/journal: no journal is there`, []string{"backup", filepath.Join(files, "x"), "--data", slip}},
		"a folder without a journal": {1, `no journal is there`, []string{"backup", filepath.Join(files, "x"), "--data", empty}},
		"no file":                    {2, `expected "<file>"`, []string{"backup", "--data", s.dir}},
		"an empty folder's name":     {2, `needs a file and a folder`, []string{"backup", "x", "--data="}},
		"restore of a missing file":  {1, `slip: no such file`, []string{"restore", slip, "--data", empty}},
		"restore of a cut file":      {1, `cut: .*cut off`, []string{"restore", cut, "--data", empty}},
		"restore of another file":    {1, `other: .*does not begin like one`, []string{"restore", other, "--data", empty}},
		"restore of stdin":           {2, `needs a file`, []string{"restore", "-", "--data", empty}},
		"restore of a folder":        {1, `is not a regular file`, []string{"restore", files, "--data", empty}},
		"restore under a server":     {1, `data folder is in use`, []string{"restore", good, "--data", s.dir, "--force"}},
		"restore over events":        {1, `holds events.*--force`, []string{"restore", good, "--data", held}},
		"a damaged one over events":  {1, `cut off`, []string{"restore", cut, "--data", held, "--force"}},
	} {
		status, says := latido(t, c.args...)
		if status != c.status {
			t.Errorf("%s: status %d, want %d", name, status, c.status)
		}
		oneSentence(t, says, c.says)
	}
	after, err := os.ReadDir(files)
	if err != nil || !slices.EqualFunc(before, after, func(a, b os.DirEntry) bool { return a.Name() == b.Name() }) {
		t.Errorf("the files were %v and are %v, %v", before, after, err)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("the empty folder holds %v, %v", left, err)
	}
	if got, err := os.ReadFile(good); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("the file that was not to be written over has changed, %v", err)
	}
	s.client.notify("Sigo aquí", "m")

	succeeds(t, "backup", good, "--data", s.dir, "--force")
	says := succeeds(t, "restore", good, "--data", held, "--force")
	if journals, err := filepath.Glob(filepath.Join(held, "journal*")); err != nil || len(journals) != 2 || !strings.Contains(says, journals[1]) {
		t.Errorf("the folder has %v after a restore by force, which says %q", journals, says)
	}
}

// A backup that is interrupted leaves no file, and one whose server stops fails.
func TestBackupThatIsCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, setup{args: []string{"--durability", "fast"}})
	for range 60 { // more than the pipes on the way hold
		s.client.post("/sse/broadcast/copia", fields{"text": randomText(200_000)})
	}
	// The taker of this one reads nothing.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	hung := exec.Command(built(t, program), "backup", "-", "--data", s.dir)
	var says bytes.Buffer
	hung.Stdout, hung.Stderr = w, &says
	if err := hung.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var taken bytes.Buffer
	if _, err := io.CopyN(&taken, r, 1); err != nil {
		t.Fatal(err)
	}
	status, text := latido(t, "backup", filepath.Join(t.TempDir(), "second"), "--data", s.dir)
	if status != 1 {
		t.Errorf("a second backup at the same time ended with status %d", status)
	}
	oneSentence(t, text, `another backup is running: try again when it has ended`)
	s.client.notify("Mientras", "m") // its row is not waited for
	if took := s.stop(); took > patience/2 {
		t.Errorf("the server took %v to stop during a backup", took)
	}
	if _, err := taken.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	if err := hung.Wait(); hung.ProcessState.ExitCode() != 1 {
		t.Errorf("the backup that was cut off ended with %v", err)
	}
	oneSentence(t, says.String(), `backup: `)
	if _, err := backup.Check(&taken); !errors.Is(err, backup.ErrBackup) {
		t.Errorf("what came out of it: %v, want ErrBackup", err)
	}
}

// randomText is n bytes that cannot be compressed much.
func randomText(n int) string {
	raw := make([]byte, n*3/4)
	_, _ = rand.Read(raw) // it never fails
	return base64.StdEncoding.EncodeToString(raw)
}
