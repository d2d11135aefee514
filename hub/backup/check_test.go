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
	"latido/hub/backup"
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

// TestCheckRefusesWhatNoJournalStores: such files have a right sum.
func TestCheckRefusesWhatNoJournalStores(t *testing.T) {
	t.Run("format 3", func(t *testing.T) { testRefused(t, backup.Forge) })
	t.Run("format 2", func(t *testing.T) {
		forge := func(info backup.Info, snapshot []byte, records ...string) []byte {
			return backup.ForgeOld(2, info, snapshot, records...)
		}
		testRefused(t, forge)
		for name, record := range map[string]string{"a record without a value": "user.1", "a record without a name": "\na", "a record of a wild size": strings.Repeat("x", 1<<20)} {
			file := forge(backup.Info{Epoch: "abcdefgh", First: 5, Last: 9, Records: 1}, nil, record)
			if _, err := backup.Check(bytes.NewReader(file)); !errors.Is(err, backup.ErrBackup) {
				t.Errorf("%s: %v, want ErrBackup", name, err)
			}
		}
	})
}

func testRefused(t *testing.T, forge func(backup.Info, []byte, ...string) []byte) {
	info := backup.Info{Epoch: "abcdefgh", First: 5, Last: 9}
	begin, end := state(`{"first_seq":5,"last_seq":9}`), entry{}
	huge := message(7, subject)
	huge.body = strings.Repeat("x", 8<<20+1)
	huge.PayloadSize = int64(len(huge.body))
	headed := message(7, subject)
	headed.body = strings.Repeat("x", 64<<10)
	headed.HeaderSize, headed.PayloadSize = int64(len(headed.body)), 0

	whole, err := backup.Check(bytes.NewReader(forge(info, snapshotOf(t, begin, message(5, subject), message(8, subject), end))))
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
	with := func(change func(*backup.Info)) backup.Info {
		changed := info
		change(&changed)
		return changed
	}
	good := snapshotOf(t, begin, message(5, subject), end)
	records := func(all ...string) []byte {
		return forge(with(func(i *backup.Info) { i.Records = len(all) }), good, all...)
	}
	full := make([]string, 520) // more than fits
	for i := range full {
		full[i] = fmt.Sprintf("n%03d\n%s", i, strings.Repeat("x", kv.MaxValue))
	}
	if found, err := backup.Check(bytes.NewReader(records(full[:500]...))); err != nil || found.Records != 500 {
		t.Errorf("500 large records: %d and %v", found.Records, err)
	}
	for name, file := range map[string][]byte{
		"no end":                        forge(info, snapshotOf(t, begin, message(5, subject))),
		"no state":                      forge(info, snapshotOf(t, message(5, subject), end)),
		"no events, no end":             forge(info, nil),
		"another state":                 forge(info, snapshotOf(t, state(`{"first_seq":5,"last_seq":10}`), end)),
		"consumers":                     forge(info, snapshotOf(t, state(`{"first_seq":5,"last_seq":9,"consumer_count":1}`), end)),
		"a state without end":           forge(info, snapshotOf(t, state(`{"first_seq":5,"last_seq":9,"x":"`+strings.Repeat("x", 1<<20)+`"}`), end)),
		"a sequence twice":              forge(info, snapshotOf(t, begin, message(6, subject), message(6, subject), end)),
		"a sequence too low":            forge(info, snapshotOf(t, begin, message(4, subject), end)),
		"a sequence too high":           forge(info, snapshotOf(t, begin, message(10, subject), end)),
		"a subject not ours":            forge(info, snapshotOf(t, begin, message(5, "other.subject"), end)),
		"a subject that steers":         forge(info, snapshotOf(t, begin, message(5, "$JS.API.STREAM.DELETE.latido-events"), end)),
		"an event too large":            forge(info, snapshotOf(t, begin, huge, end)),
		"headers too large":             forge(info, snapshotOf(t, begin, headed, end)),
		"more after the end":            forge(info, snapshotOf(t, begin, end, message(5, subject))),
		"bytes after the end":           forge(info, append(bytes.Clone(good), "more"...)),
		"records that are none":         records("user 1\na"),
		"a record too large":            records("user.1\n" + strings.Repeat("x", kv.MaxValue+1)),
		"a record twice":                records("user.1\na", "user.1\nb"),
		"records without an order":      records("user.2\na", "user.1\nb"),
		"too many records":              records(full...),
		"a record more than said":       forge(with(func(i *backup.Info) { i.Records = 1 }), good, "a\n", "b\n"),
		"a record less than said":       forge(with(func(i *backup.Info) { i.Records = 2 }), good, "a\n"),
		"records less than none":        forge(with(func(i *backup.Info) { i.Records = -1 }), good),
		"no epoch":                      forge(with(func(i *backup.Info) { i.Epoch = "A-b" }), good),
		"the last sequence":             forge(with(func(i *backup.Info) { i.Last = 1<<64 - 1 }), good),
		"sequences crossed":             forge(with(func(i *backup.Info) { i.First = 11 }), good),
		"ephemeral events of nothing":   forge(with(func(i *backup.Info) { i.Ephemeral = "x" }), good),
		"ephemeral events of too many":  forge(with(func(i *backup.Info) { i.Ephemeral = string(many) }), good),
		"a bad age of ephemeral events": forge(with(func(i *backup.Info) { i.EphemeralAge = "-1h" }), good),
	} {
		if _, err := backup.Check(bytes.NewReader(file)); !errors.Is(err, backup.ErrBackup) {
			t.Errorf("%s: %v, want ErrBackup", name, err)
		}
	}
}

// FuzzBackupFile: no file makes the reader fail in another way than it says.
func FuzzBackupFile(f *testing.F) {
	good := smallBackup(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(backup.Old(good))
	f.Add(fixture(f, "format2.backup"))
	f.Add([]byte("latido-backup 1\n{}\n\x00\x10\x00\x01"))
	f.Add([]byte("latido-backup 2\n{\"epoch\":\"abcdefgh\",\"records\":1}\n\x00\x00\x00\x03a\n1\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) { checkFuzzed(t, file) })
}

// FuzzBackupSnapshot reaches behind the sum and the compression.
func FuzzBackupSnapshot(f *testing.F) {
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
		checkFuzzed(t, backup.Forge(backup.Info{
			Epoch: epoch, First: first, Last: last, Records: len(pieces), Ephemeral: topics, EphemeralAge: age,
		}, packed.Bytes(), pieces...))
	})
}

func checkFuzzed(t *testing.T, file []byte) {
	info, err := backup.Check(bytes.NewReader(file))
	if err != nil {
		if !errors.Is(err, backup.ErrBackup) {
			t.Errorf("%v does not wrap ErrBackup", err)
		}
		return
	}
	if !hub.ValidEpoch(info.Epoch) || info.Events > 0 && info.Events > info.Last-info.First+1 {
		t.Errorf("accepted: %+v", info)
	}
}
