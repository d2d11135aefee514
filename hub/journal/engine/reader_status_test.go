package engine

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
)

func status(subject, code, description string) *nats.Msg {
	return &nats.Msg{Subject: subject, Header: nats.Header{"Status": {code}, "Description": {description}}}
}

// TestFirstPulls: until anything has come, a pull that no server receives is made again, every 20 ms
// for a second. After that, or once the consumer has been heard, it ends the Reader.
func TestFirstPulls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Reader{inbox: "inbox", pull: 1}
		unreceived := func(ctx context.Context) error {
			r.due = pullEvents
			return r.handleStatus(ctx, status(r.reply(), "503", ""))
		}
		began := time.Now()
		for n := range 50 {
			if err := unreceived(t.Context()); err != nil || r.due != 0 || time.Since(began) != time.Duration(n+1)*20*time.Millisecond {
				t.Fatalf("pull %d: %v, %d are due after %v", n+1, err, r.due, time.Since(began))
			}
		}
		if err := unreceived(t.Context()); err == nil || !strings.Contains(err.Error(), "503") || time.Since(began) != time.Second {
			t.Errorf("pull 51: %v after %v", err, time.Since(began))
		}

		r = &Reader{inbox: "inbox", pull: 1}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := unreceived(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("a context that has ended: %v", err)
		}
		r.heard = true
		if err := unreceived(t.Context()); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("a consumer that was heard before: %v", err)
		}
	})
}

// TestHowPullsEnd: what ends a pull begins the next one, unless it is about an earlier pull;
// anything else ends the Reader.
func TestHowPullsEnd(t *testing.T) {
	for what, c := range map[string]struct {
		code, description string
		due               int // pullEvents when the pull goes on
		ends              bool
	}{
		"its time is over":       {"408", "Request Timeout", 0, false},
		"it brought all":         {"409", "Batch Completed", 0, false},
		"it brought many bytes":  {"409", "Message Size Exceeds MaxBytes", 0, false},
		"the consumer is gone":   {"409", "Consumer Deleted", pullEvents, true},
		"no server receives it":  {"503", "", pullEvents, true},
		"a heartbeat of no kind": {"100", "", pullEvents, true},
	} {
		r := &Reader{inbox: "inbox", pull: 2, due: pullEvents, heard: true}
		if err := r.handleStatus(t.Context(), status("inbox.2", c.code, c.description)); (err != nil) != c.ends || r.due != c.due {
			t.Errorf("%s: %v, %d are due", what, err, r.due)
		}
		r = &Reader{inbox: "inbox", pull: 2, due: pullEvents}
		err := r.handleStatus(t.Context(), status("inbox.1", c.code, c.description))
		if heartbeat := c.code == "100"; (err != nil) != heartbeat || r.due != pullEvents || !r.heard {
			t.Errorf("%s, of an earlier pull: %v, %d are due, heard %v", what, err, r.due, r.heard)
		}
	}
}

// TestShutdownIsRecordedInAFolder: how a Run before ended is read from a folder; with a cluster nothing is
// looked for, not even in the folder the process was started in.
func TestShutdownIsRecordedInAFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(shutdownFile, []byte(`{"durability":"fast"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := newRun(Config{Dir: dir, Durability: Fast}.WithDefaults())
	if err != nil || !r.MayHaveLost() {
		t.Errorf("a folder: %+v, %v", r, err)
	}
	r, err = newRun(Config{Cluster: &Cluster{}, Durability: Fast}.WithDefaults())
	if err != nil || r.before != (shutdown{}) || r.MayHaveLost() {
		t.Errorf("a cluster: %+v, %v", r, err)
	}
}
