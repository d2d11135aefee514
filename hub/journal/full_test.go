//go:build unix

package journal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/journal"
	"latido/hub/journal/engine"
)

// fillUp publishes until a file may not grow any more, which is what a full
// disk looks like to the engine, and prints what it then finds.
func fillUp(j *journal.Journal) error {
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	ctx := context.Background()
	acked := uint64(0)
	var err error
	for err == nil {
		var r hub.Receipt
		if r, err = j.Append(ctx, sized(20_000)); err == nil {
			acked = r.ID.Seq
		}
	}
	start := time.Now()
	_, again := j.Append(ctx, sized(200))
	history, readErr := j.History(ctx, hub.ChannelTopic("general"), 0, 1000)
	fmt.Println("acked", acked)
	fmt.Println("first failure is the journal's", errors.Is(err, hub.ErrJournal))
	fmt.Println("it names the cause", strings.Contains(err.Error(), "file too large"))
	fmt.Println("second failure is the journal's", errors.Is(again, hub.ErrJournal))
	fmt.Println("it came at once", time.Since(start) < engine.DefaultTimeout/2)
	fmt.Println("unhealthy", errors.Is(j.Healthy(ctx), hub.ErrJournal))
	fmt.Println("reading goes on", readErr == nil && uint64(len(history)) == acked)
	return j.Close()
}

// TestFullDisk is a small F5: publishers get an error, readers go on, and what was
// acknowledged is there when the journal is opened again with room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	_, _, stdout := startChild(t, "fill "+dir)
	acked := uint64(0)
	lines := 0
	for ; stdout.Scan(); lines++ {
		if n, err := fmt.Sscanf(stdout.Text(), "acked %d", &acked); n == 1 && err == nil {
			continue
		}
		if !strings.HasSuffix(stdout.Text(), " true") {
			t.Error(stdout.Text())
		}
	}
	if lines != 7 || acked < 10 {
		t.Fatalf("the child printed %d lines and acknowledged %d events", lines, acked)
	}
	j := open(t, in(dir))
	if err := j.Healthy(t.Context()); err != nil {
		t.Errorf("opened again: %v", err)
	}
	if b := bounds(t, j); b.First != 1 || b.Last < acked {
		t.Errorf("opened again: %+v, want sequences 1 to %d at least", b, acked)
	}
	for i, e := range read(t, j, 1, acked) {
		if string(e.Data) != string(sized(20_000).Data) {
			t.Errorf("event %d has changed", i+1)
		}
	}
	store(t, j, draft(1))
}
