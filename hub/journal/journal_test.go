package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/journal"
	"latido/hub/journal/engine"
)

// What the tests do with a journal.
var (
	store   = hubtest.Store
	bounds  = hubtest.Bounds
	read    = hubtest.Follow
	waitFor = hubtest.WaitFor
)

// in is a journal's Config with defaults, for a folder.
func in(dir string) journal.Config { return journal.Config{Config: engine.Config{Dir: dir}} }

// open opens a journal that the test's end closes.
func open(t testing.TB, cfg journal.Config) *journal.Journal {
	t.Helper()
	j, err := journal.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeJournal(t, j) })
	return j
}

func closeJournal(t testing.TB, j *journal.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func draft(n int) hub.Draft {
	return hub.Draft{Name: "test_event", Channel: "general", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))}
}

// sized is a draft whose data has n bytes.
func sized(n int) hub.Draft {
	d := draft(0)
	d.Data = json.RawMessage(`{"s":"` + strings.Repeat("x", n-8) + `"}`)
	return d
}

var errEnough = errors.New("enough")

func TestConformance(t *testing.T) {
	hubtest.RunJournalTests(t, func(t *testing.T) hub.Journal {
		return open(t, in(t.TempDir()))
	})
}

func TestReopenKeepsEverything(t *testing.T) {
	cfg := in(t.TempDir())
	keyed := draft(2)
	keyed.Key = "k"
	first := open(t, cfg)
	receipts := store(t, first, draft(1), keyed, draft(3))
	before := bounds(t, first)
	closeJournal(t, first)

	second := open(t, cfg)
	if after := bounds(t, second); !reflect.DeepEqual(after, before) {
		t.Errorf("bounds %+v after reopening, want %+v", after, before)
	}
	for i, e := range read(t, second, 1, 3) {
		if e.ID != receipts[i].ID || string(e.Data) != fmt.Sprintf(`{"n":%d}`, i+1) {
			t.Errorf("event %d is %s %s, want %s", i, e.ID, e.Data, receipts[i].ID)
		}
	}
	again := store(t, second, keyed)[0]
	if !again.Duplicate || again.ID != receipts[1].ID {
		t.Errorf("the key again: %+v, want a duplicate of %s", again, receipts[1].ID)
	}
	next := store(t, second, draft(4))[0].ID
	if want := (hub.ID{Epoch: before.Epoch, Seq: 4}); next != want {
		t.Errorf("the next event is %s, want %s", next, want)
	}
}

func TestAnotherFolderIsAnotherEpoch(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		seen[bounds(t, open(t, in(t.TempDir()))).Epoch] = true
	}
	if len(seen) != 3 {
		t.Errorf("three folders have the epochs %v", seen)
	}
}

// TestLimitsChange: a stored stream takes the limits of today, larger and
// smaller ones, and stays the same stream.
func TestLimitsChange(t *testing.T) {
	dir := t.TempDir()
	const event = 16 << 10
	var epoch string
	for _, c := range []struct {
		maxBytes    int64
		kept        uint64
		first, last uint64
	}{
		{64 * event, 40, 1, 40},
		{256 * event, 80, 1, 80},
		{8 * event, 7, 114, 120},
	} {
		j := open(t, journal.Config{Config: engine.Config{Dir: dir}, MaxBytes: c.maxBytes, MaxEventBytes: event, MaxAge: time.Duration(c.maxBytes) * time.Second})
		for range 40 {
			store(t, j, sized(event))
		}
		b := bounds(t, j)
		if b.First != c.first || b.Last != c.last || b.Bytes > uint64(c.maxBytes) {
			t.Errorf("at most %d bytes: %+v, want sequences %d to %d", c.maxBytes, b, c.first, c.last)
		}
		if epoch != "" && b.Epoch != epoch {
			t.Errorf("at most %d bytes: the epoch went from %s to %s", c.maxBytes, epoch, b.Epoch)
		}
		epoch = b.Epoch
		// A start below the first event is where the stored ones begin.
		if events := read(t, j, 1, c.last); events[0].ID.Seq != c.first || uint64(len(events)) != c.last-c.first+1 {
			t.Errorf("at most %d bytes: %d events from %s", c.maxBytes, len(events), events[0].ID)
		}
		closeJournal(t, j)
	}
}

func TestEventSizeLimit(t *testing.T) {
	const limit = 8 << 20
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir()}, MaxEventBytes: limit})
	largest := sized(limit)
	largest.Channel = strings.Repeat("x", hub.MaxChannelLen)
	largest.Name = strings.Repeat("n", hub.MaxNameLen)
	largest.User = 1<<63 - 1
	largest.Key = "k"
	store(t, j, largest, draft(1), largest)
	if events := read(t, j, 1, 2); string(events[0].Data) != string(largest.Data) {
		t.Errorf("the largest event came back with %d bytes, want %d", len(events[0].Data), limit)
	}
	history, err := j.History(t.Context(), hub.ChannelTopic(largest.Channel), 0, 10)
	if err != nil || len(history) != 1 || string(history[0].Data) != string(largest.Data) {
		t.Errorf("history returns %d events and %v, want the largest one", len(history), err)
	}
	_, err = j.Append(t.Context(), sized(limit+1))
	if !errors.Is(err, journal.ErrTooLarge) || !errors.Is(err, hub.ErrJournal) {
		t.Errorf("one byte more: %v, want ErrTooLarge and ErrJournal", err)
	}
	if err := j.Healthy(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestHistoryIsBounded: a limit counts events, and they may be large.
func TestHistoryIsBounded(t *testing.T) {
	j := open(t, in(t.TempDir()))
	const size, n = 1 << 20, 20
	for range n {
		store(t, j, sized(size))
	}
	seen := 0
	for after := uint64(0); seen < n; {
		events, err := j.History(t.Context(), hub.ChannelTopic("general"), after, 1000)
		if err != nil || len(events) == 0 {
			t.Fatalf("history after %d returns %d events and %v", after, len(events), err)
		}
		if got := len(events) * size; got > journal.MaxHistoryBytes+size {
			t.Errorf("history returns %d bytes at once", got)
		}
		seen += len(events)
		after = events[len(events)-1].ID.Seq
	}
	if seen != n {
		t.Errorf("%d events in all, want %d", seen, n)
	}
}

func TestConfigComplaints(t *testing.T) {
	for field, cfg := range map[string]journal.Config{
		"Dir":           {},
		"MaxBytes":      {Config: engine.Config{Dir: "x"}, MaxBytes: -1},
		"MaxAge":        {Config: engine.Config{Dir: "x"}, MaxAge: -1},
		"MaxEventBytes": {Config: engine.Config{Dir: "x"}, MaxEventBytes: 9 << 20},
		"DedupeWindow":  {Config: engine.Config{Dir: "x"}, DedupeWindow: time.Hour, MaxAge: time.Minute},
		"Timeout":       {Config: engine.Config{Dir: "x", Timeout: -1}},
		"Durability":    {Config: engine.Config{Dir: "x", Durability: "sometimes"}},
	} {
		_, err := journal.Open(t.Context(), cfg)
		if !errors.Is(err, engine.ErrConfig) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v, want ErrConfig and its name", field, err)
		}
	}
	_, err := journal.Open(t.Context(), journal.Config{MaxBytes: -1, MaxAge: -1})
	for _, field := range []string{"Dir", "MaxBytes", "MaxAge"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("all at once: %v, want %s in it", err, field)
		}
	}
}
