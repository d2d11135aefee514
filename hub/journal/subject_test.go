package journal_test

import (
	"reflect"
	"strings"
	"testing"

	"latido/hub"
	"latido/hub/journal"
)

// FuzzSubject is A3 of the fault catalogue: a channel, whatever its text, is
// one token of the subject, and comes back out of it.
func FuzzSubject(f *testing.F) {
	for _, channel := range []string{"", "general", "a.b", "a/b", "*", ">", "ñ", "_", "\x00", " ", strings.Repeat("x", 128)} {
		f.Add(channel, int64(7), "broadcast", channel == "*")
	}
	f.Add("", int64(0), "a.b", false)
	f.Fuzz(func(t *testing.T, channel string, user int64, name string, sample bool) {
		d := hub.Draft{Name: name, Channel: channel, User: user, Ephemeral: sample}
		if hub.CheckName(name) != nil || user < 0 || user == 0 && channel == "" {
			return // the hub refuses it
		}
		subject := journal.SubjectOf(d)
		if strings.Count(subject, ".") != 4 || strings.ContainsAny(subject, "*> \t\r\n\x00") {
			t.Fatalf("channel %q makes the subject %q", channel, subject)
		}
		got, err := journal.ParseSubject(subject)
		if err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("%+v went into %q and came out as %+v, %v", d, subject, got, err)
		}
	})
}

// FuzzParseSubject: what parses is what would have been written, so an event
// has one subject only.
func FuzzParseSubject(f *testing.F) {
	for _, s := range []string{
		"", "latido.ev", "latido.ev._.7.x", "latido.ev._.0.x", "latido.ev._.07.x", "latido.ev._.+7.x", "latido.ev._.-7.x",
		"latido.ev.YQ.0.x", "latido.ev.YR.0.x", "latido.ev.YQ==.0.x", "latido.ev..0.x", "latido.ev.YQ.0.x.y",
		"latido.sample.YQ.0.x", "latido.sample", "latido.x.YQ.0.x",
		"latido.ev.YQ.0.gap", "latido.ev.YQ.0.", "other.ev.YQ.0.x", "latido.ev.*.0.x", "latido.ev.Y\nQ.0.x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, subject string) {
		d, err := journal.ParseSubject(subject)
		if err != nil {
			return
		}
		if back := journal.SubjectOf(d); back != subject {
			t.Errorf("%q reads as %+v, which is %q", subject, d, back)
		}
	})
}

func TestParseSubjectRefuses(t *testing.T) {
	for _, s := range []string{
		"", "latido.ev", "latido.ev._.0.x", "latido.ev._.07.x", "latido.ev._.+7.x", "latido.ev._.-7.x",
		"latido.ev.YR.0.x", "latido.ev.YQ==.0.x", "latido.ev..0.x", "latido.ev.YQ.0.x.y", "latido.ev.YQ.0.gap",
		"latido.ev.YQ.0.", "other.ev.YQ.0.x", "latido.ev.*.0.x", "latido.ev.Y\nQ.0.x", "latido.ev.YQ.9223372036854775808.x",
	} {
		if d, err := journal.ParseSubject(s); err == nil {
			t.Errorf("%q reads as %+v", s, d)
		}
	}
}

// TestDedupeIDIsAHash: a key is text of a user, and no such text may stand in a
// NATS header.
func TestDedupeIDIsAHash(t *testing.T) {
	seen := map[string]hub.Draft{}
	for _, d := range []hub.Draft{
		{Channel: "a", Key: "bc"}, {Channel: "ab", Key: "c"}, {Channel: "a", User: 1, Key: "2"}, {Channel: "a", User: 12, Key: ""},
		{Key: "x\r\nNats-Rollup: all"}, {Key: strings.Repeat("k", 100_000)},
	} {
		id := journal.DedupeID(d)
		if len(id) != 43 || strings.ContainsAny(id, "\r\n: ") {
			t.Errorf("the id is %q, want a hash", id)
		}
		if other, ok := seen[id]; ok {
			t.Errorf("%+v and %+v share an id", d, other)
		}
		seen[id] = d
	}
}
