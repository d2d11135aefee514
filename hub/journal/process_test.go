package journal_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"latido/hub"
	"latido/hub/journal"
	"latido/hub/journal/engine"
)

// childVar makes the test binary a child: "hold DIR", "publish DIR" or
// "fill DIR".
const childVar = "LATIDO_JOURNAL_TEST_CHILD"

func TestMain(m *testing.M) {
	if task := os.Getenv(childVar); task != "" {
		if err := child(task); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(task string) error {
	verb, dir, _ := strings.Cut(task, " ")
	j, err := journal.Open(context.Background(), in(dir))
	if err != nil {
		return err
	}
	switch verb {
	case "publish":
		return publishForever(j)
	case "fill":
		return fillUp(j)
	}
	if _, err := j.Append(context.Background(), draft(1)); err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // until the parent closes it
		return err
	}
	return j.Close()
}

// publishForever prints every event it has an acknowledgement for, until it is
// killed.
func publishForever(j *journal.Journal) error {
	var out sync.Mutex
	failed := make(chan error)
	for w := range 4 {
		go func() {
			for n := 0; ; n++ {
				data := fmt.Sprintf(`{"writer":%d,"n":%d,"pad":"%s"}`, w, n, strings.Repeat("x", n%3000))
				r, err := j.Append(context.Background(), hub.Draft{Name: "test_event", Channel: "general", Data: json.RawMessage(data)})
				if err != nil {
					failed <- err
					return
				}
				out.Lock()
				fmt.Println(r.ID.Seq, data)
				out.Unlock()
			}
		}()
	}
	return <-failed
}

// startChild runs the test binary as a child; the test's end kills it.
func startChild(t *testing.T, task string) (cmd *exec.Cmd, stdin io.WriteCloser, stdout *bufio.Scanner) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+task)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be gone already
		_ = cmd.Wait()
	})
	return cmd, stdin, bufio.NewScanner(out)
}

// TestSecondProcess is half of F6: the second process on a folder is refused,
// and the first one's events are not damaged.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	first, stdin, stdout := startChild(t, "hold "+dir)
	if !stdout.Scan() || stdout.Text() != "ready" {
		t.Fatalf("the child says %q", stdout.Text())
	}
	for range 2 {
		wantRefusal(t, dir, engine.ErrLocked)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Fatalf("the first process: %v", err)
	}
	j := open(t, in(dir))
	if events := read(t, j, 1, 1); string(events[0].Data) != string(draft(1).Data) {
		t.Errorf("the first process's event reads %s", events[0].Data)
	}
	// A folder is as locked against this very process.
	wantRefusal(t, dir, engine.ErrLocked)
}

// TestKill is a small F1: what was acknowledged before kill -9 is there.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	epoch := ""
	acked := map[uint64]string{}
	for round := range 3 {
		cmd, _, stdout := startChild(t, "publish "+dir)
		for n := 0; stdout.Scan(); n++ {
			seq, data, _ := strings.Cut(stdout.Text(), " ")
			s, err := strconv.ParseUint(seq, 10, 64)
			if err != nil || !json.Valid([]byte(data)) {
				break // the line the kill cut off
			}
			acked[s] = data
			if n == 300 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed

		j := open(t, in(dir))
		b := bounds(t, j)
		if epoch == "" {
			epoch = b.Epoch
		}
		if b.Epoch != epoch || b.First != 1 {
			t.Errorf("round %d: %+v, want epoch %s from 1", round, b, epoch)
		}
		stored := map[uint64]string{}
		for _, e := range read(t, j, 1, b.Last) {
			stored[e.ID.Seq] = string(e.Data)
		}
		for seq, data := range acked {
			if stored[seq] != data {
				t.Errorf("round %d: %d was acknowledged as %.60s and reads %.60s", round, seq, data, stored[seq])
			}
		}
		closeJournal(t, j)
	}
	if len(acked) < 900 {
		t.Errorf("%d events were acknowledged, the test needs more", len(acked))
	}
}
