package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latido/hub/backup"
	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/kv"
)

// allRecords is every record that is there.
func allRecords(t testing.TB, r kv.Store) map[string]string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	found := map[string]string{}
	isReady := false
	err := r.Watch(ctx, func(r kv.Record) {
		if !isReady {
			found[r.Name] = string(r.Value)
		}
	}, func() { isReady = true; cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return found
}

func wantRecords(t testing.TB, r kv.Store, want map[string]string) {
	t.Helper()
	if got := allRecords(t, r); !maps.Equal(got, want) {
		t.Errorf("the records are %.300q, want %.300q", got, want)
	}
}

// TestBackupHasRecords, as they are and not as they were, of a journal in use
// and of a folder, and no tickets.
func TestBackupHasRecords(t *testing.T) {
	cfg := in(t.TempDir())
	j := open(t, cfg)
	store(t, j, draft(1))
	large := strings.Repeat("\xff\n", kv.MaxValue/2)
	put(t, j.Records(), "user.1", "b", put(t, j.Records(), "user.1", "a", 0))
	put(t, j.Records(), "large", large, 0)
	put(t, j.Records(), "empty", "", 0)
	if err := j.Records().Delete(t.Context(), "gone", put(t, j.Records(), "gone", "a", 0)); err != nil {
		t.Fatal(err)
	}
	put(t, j.Tickets(), "ticket", "a", 0)
	want := map[string]string{"user.1": "b", "large": large, "empty": ""}
	files := [][]byte{backUp(t, j)}
	put(t, j.Records(), "later", "a", 0)
	closeJournal(t, j)
	var file bytes.Buffer
	if err := backupFolder(t.Context(), in(cfg.Dir), &file); err != nil {
		t.Fatal(err)
	}
	for i, file := range append(files, file.Bytes()) {
		if i == 1 {
			want["later"] = "a"
		}
		again, r := restore(t, file)
		if r.Records != len(want) || r.RecordsStay {
			t.Errorf("restored %d records, stay: %v; want %d", r.Records, r.RecordsStay, len(want))
		}
		wantRecords(t, again.Records(), want)
		wantRecords(t, again.Tickets(), map[string]string{})
		now := put(t, again.Records(), "gone", "x", 0)
		put(t, again.Records(), "gone", "y", now)
	}
}

// TestBackupWhileRecordsChange: one that is there all the time is in it, in one of
// the states that it had, however often it is replaced.
func TestBackupWhileRecordsChange(t *testing.T) {
	j := open(t, journal.Config{Config: engine.Config{Dir: t.TempDir(), Durability: engine.Fast}})
	const n = 20
	revisions := make([]uint64, n)
	for i := range revisions {
		revisions[i] = put(t, j.Records(), fmt.Sprint("user.", i), "0", 0)
	}
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for round := 1; ctx.Err() == nil; round++ {
			for i := range revisions {
				revisions[i] = put(t, j.Records(), fmt.Sprint("user.", i), fmt.Sprint(round), revisions[i])
			}
		}
	})
	for range 10 {
		info, err := backup.Check(bytes.NewReader(backUp(t, j)))
		if err != nil || info.Records != n {
			t.Errorf("%d of %d records are in it, and %v", info.Records, n, err)
		}
	}
	stop()
	writing.Wait()
}

// TestRestoreOfAFileWithoutRecords: where the file has no records, because it
// is of format 1 or there were none, those of the folder stay. So no account is lost, and
// access does not become open.
func TestRestoreOfAFileWithoutRecords(t *testing.T) {
	plain := open(t, in(t.TempDir()))
	store(t, plain, draft(1), draft(2), draft(3))
	for name, file := range map[string][]byte{"format 1": backup.Old(smallBackup(t)), "none in it": backUp(t, plain)} {
		for _, events := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", over events ", events), func(t *testing.T) {
				parent := t.TempDir()
				cfg := in(filepath.Join(parent, "journal"))
				want := map[string]string{"user.1": "mine", "key.1": "k"}
				old := open(t, cfg)
				for name, value := range want {
					put(t, old.Records(), name, value, 0)
				}
				if events {
					store(t, old, draft(10))
				}
				closeJournal(t, old)
				r, err := restoreTo(t.Context(), cfg, bytes.NewReader(file), events)
				if err != nil || !r.RecordsStay || r.Records != 0 || (r.Aside != "") != events {
					t.Fatalf("restored %+v, %v", r, err)
				}
				j := open(t, cfg)
				wantRecords(t, j.Records(), want)
				if b := bounds(t, j); b.Last != 3 || b.Epoch != r.NewEpoch {
					t.Errorf("bounds %+v, want three events of %s", b, r.NewEpoch)
				}
				put(t, j.Records(), "user.2", "more", 0)
			})
		}
	}
}

// TestRestoreOverRecords: records are taken for others by force only, and those
// that were there are moved aside.
func TestRestoreOverRecords(t *testing.T) {
	file := smallBackup(t)
	parent := t.TempDir()
	cfg := in(filepath.Join(parent, "journal"))
	r, end := openRecords(t, cfg)
	put(t, r, "user.1", "mine", 0)
	end()
	before := tree(t, parent)
	if _, err := restoreTo(t.Context(), cfg, bytes.NewReader(file), false); !errors.Is(err, backup.ErrHoldsEvents) {
		t.Errorf("over records: %v, want ErrHoldsEvents", err)
	}
	if after := tree(t, parent); after != before {
		t.Error("a restore that was refused has changed the folder")
	}
	done, err := restoreTo(t.Context(), cfg, bytes.NewReader(file), true)
	if err != nil || done.Aside == "" || done.RecordsStay {
		t.Fatalf("by force: %+v, %v", done, err)
	}
	wantRecords(t, open(t, cfg).Records(), map[string]string{"user.1": "a", "session.1": ""})
	wantRecords(t, open(t, in(done.Aside)).Records(), map[string]string{"user.1": "mine"})
}

// TestRestoreWithRecordsThatCannotBeRead changes nothing: it must not go on without.
func TestRestoreWithRecordsThatCannotBeRead(t *testing.T) {
	parent := t.TempDir()
	cfg := in(filepath.Join(parent, "journal"))
	r, end := openRecords(t, cfg)
	put(t, r, "user.1", "mine", 0)
	end()
	meta := filepath.Join(cfg.Dir, "jetstream", "$G", "streams", "KV_latido-access", "meta.inf")
	if err := os.WriteFile(meta, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := tree(t, parent)
	_, err := restoreTo(t.Context(), cfg, bytes.NewReader(backup.Old(smallBackup(t))), true)
	if !errors.Is(err, engine.ErrUnreadable) {
		t.Errorf("restore: %v, want ErrUnreadable", err)
	}
	if after := tree(t, parent); after != before {
		t.Error("it has changed the folder")
	}
}
