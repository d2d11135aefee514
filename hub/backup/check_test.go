package backup_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"

	"latido/hub"
	"latido/hub/journal"
	"latido/hub/kv"
)

// entry is one of a snapshot's.
type entry struct {
	archive.Header
	body string
}

func message(seq uint64, subject string) entry {
	return entry{archive.Header{Name: subject, Sequence: seq, Timestamp: 1, PayloadSize: 2}, "{}"}
}

// state is the entry that a snapshot begins with.
func state(text string) entry {
	return entry{archive.Header{Name: "state.json", PayloadSize: int64(len(text))}, text}
}

// snapshotOf is the engine's form of entries.
func snapshotOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	packed := s2.NewWriter(&out)
	w := archive.NewWriter(packed)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestCheckBackupRefusesWhatNoJournalStores: such files have a right sum.
func TestCheckBackupRefusesWhatNoJournalStores(t *testing.T) {
	subject := journal.SubjectOf(draft(1))
	info := journal.BackupInfo{Epoch: "abcdefgh", First: 5, Last: 9}
	begin, end := state(`{"first_seq":5,"last_seq":9}`), entry{}
	huge := message(7, subject)
	huge.body = strings.Repeat("x", 8<<20+1)
	huge.PayloadSize = int64(len(huge.body))
	headed := message(7, subject)
	headed.body = strings.Repeat("x", 64<<10)
	headed.HeaderSize, headed.PayloadSize = int64(len(headed.body)), 0

	whole, err := journal.CheckBackup(bytes.NewReader(journal.ForgeBackup(info, snapshotOf(t, begin, message(5, subject), message(8, subject), end))))
	if err != nil || whole.Events != 2 {
		t.Fatalf("a good one: %d events and %v", whole.Events, err)
	}
	topics := make([]hub.Topic, 300)
	for i := range topics {
		topics[i] = hub.UserTopic(int64(i + 1))
	}
	many, err := json.Marshal(topics)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*journal.BackupInfo)) journal.BackupInfo {
		changed := info
		change(&changed)
		return changed
	}
	good := snapshotOf(t, begin, message(5, subject), end)
	records := func(all ...string) []byte {
		return journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Records = len(all) }), good, all...)
	}
	full := make([]string, 520) // more than fits
	for i := range full {
		full[i] = fmt.Sprintf("n%03d\n%s", i, strings.Repeat("x", kv.MaxValue))
	}
	if found, err := journal.CheckBackup(bytes.NewReader(records(full[:500]...))); err != nil || found.Records != 500 {
		t.Errorf("500 large records: %d and %v", found.Records, err)
	}
	for name, file := range map[string][]byte{
		"no end":                   journal.ForgeBackup(info, snapshotOf(t, begin, message(5, subject))),
		"no state":                 journal.ForgeBackup(info, snapshotOf(t, message(5, subject), end)),
		"no events, no end":        journal.ForgeBackup(info, nil),
		"another state":            journal.ForgeBackup(info, snapshotOf(t, state(`{"first_seq":5,"last_seq":10}`), end)),
		"consumers":                journal.ForgeBackup(info, snapshotOf(t, state(`{"first_seq":5,"last_seq":9,"consumer_count":1}`), end)),
		"a state without end":      journal.ForgeBackup(info, snapshotOf(t, state(`{"first_seq":5,"last_seq":9,"x":"`+strings.Repeat("x", 1<<20)+`"}`), end)),
		"a sequence twice":         journal.ForgeBackup(info, snapshotOf(t, begin, message(6, subject), message(6, subject), end)),
		"a sequence too low":       journal.ForgeBackup(info, snapshotOf(t, begin, message(4, subject), end)),
		"a sequence too high":      journal.ForgeBackup(info, snapshotOf(t, begin, message(10, subject), end)),
		"a subject not ours":       journal.ForgeBackup(info, snapshotOf(t, begin, message(5, "other.place"), end)),
		"a subject that steers":    journal.ForgeBackup(info, snapshotOf(t, begin, message(5, "$JS.API.STREAM.DELETE.latido-events"), end)),
		"an event too large":       journal.ForgeBackup(info, snapshotOf(t, begin, huge, end)),
		"headers too large":        journal.ForgeBackup(info, snapshotOf(t, begin, headed, end)),
		"more after the end":       journal.ForgeBackup(info, snapshotOf(t, begin, end, message(5, subject))),
		"bytes after the end":      journal.ForgeBackup(info, append(bytes.Clone(good), "more"...)),
		"records that are none":    records("user 1\na"),
		"a record without a name":  records("\na"),
		"a record without a value": records("user.1"),
		"a record too large":       records("user.1\n" + strings.Repeat("x", kv.MaxValue+1)),
		"a record of a wild size":  records(strings.Repeat("x", 1<<20)),
		"a record twice":           records("user.1\na", "user.1\nb"),
		"records without an order": records("user.2\na", "user.1\nb"),
		"too many records":         records(full...),
		"a record more than said":  journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Records = 1 }), good, "a\n", "b\n"),
		"a record less than said":  journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Records = 2 }), good, "a\n"),
		"records less than none":   journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Records = -1 }), good),
		"no epoch":                 journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Epoch = "A-b" }), good),
		"the last sequence":        journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Last = 1<<64 - 1 }), good),
		"sequences crossed":        journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.First = 11 }), good),
		"samples of nothing":       journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Sampled = "x" }), good),
		"samples of too many":      journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.Sampled = string(many) }), good),
		"a bad age of samples":     journal.ForgeBackup(with(func(i *journal.BackupInfo) { i.SampleAge = "-1h" }), good),
	} {
		if _, err := journal.CheckBackup(bytes.NewReader(file)); !errors.Is(err, journal.ErrBackup) {
			t.Errorf("%s: %v, want ErrBackup", name, err)
		}
	}
}

// FuzzBackupFile: no file makes the reader fail in another way than it says.
func FuzzBackupFile(f *testing.F) {
	good := smallBackup(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(journal.OldBackup(good))
	f.Add([]byte("latido-backup 1\n{}\n\x00\x10\x00\x01"))
	f.Add([]byte("latido-backup 2\n{\"epoch\":\"abcdefgh\",\"records\":1}\n\x00\x00\x00\x03a\n1\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) { checkFuzzed(t, file) })
}

// FuzzBackupSnapshot reaches behind the sum and the compression.
func FuzzBackupSnapshot(f *testing.F) {
	subject := journal.SubjectOf(draft(1))
	var plain bytes.Buffer
	good := snapshotOf(f, state(`{"first_seq":1,"last_seq":2}`), message(1, subject), message(2, subject), entry{})
	if _, err := plain.ReadFrom(s2.NewReader(bytes.NewReader(good))); err != nil {
		f.Fatal(err)
	}
	f.Add("abcdefgh", uint64(1), uint64(2), "", "1h", "session.1\n\x00user.1\na", plain.Bytes())
	f.Add("abcdefgh", uint64(2), uint64(1), `[{"Channel":"x"}]`, "", "", []byte(archive.MagicBytes+"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, epoch string, first, last uint64, topics, age, records string, plain []byte) {
		var packed bytes.Buffer
		w := s2.NewWriter(&packed, s2.WriterBlockSize(16<<10), s2.WriterConcurrency(1))
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var pieces []string
		if records != "" {
			pieces = strings.Split(records, "\x00")
		}
		checkFuzzed(t, journal.ForgeBackup(journal.BackupInfo{
			Epoch: epoch, First: first, Last: last, Records: len(pieces), Sampled: topics, SampleAge: age,
		}, packed.Bytes(), pieces...))
	})
}

func checkFuzzed(t *testing.T, file []byte) {
	info, err := journal.CheckBackup(bytes.NewReader(file))
	if err != nil {
		if !errors.Is(err, journal.ErrBackup) {
			t.Errorf("%v does not wrap ErrBackup", err)
		}
		return
	}
	if !hub.ValidEpoch(info.Epoch) || info.Events > 0 && info.Events > info.Last-info.First+1 {
		t.Errorf("accepted: %+v", info)
	}
}
