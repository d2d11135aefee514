package hub_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"latido/hub"
)

// FuzzParseID: only what a journal writes is read, and it is written back to
// the letter.
func FuzzParseID(f *testing.F) {
	for _, s := range []string{"a1b2c3d4-1", "a-0", "a-18446744073709551615", "a-18446744073709551616", "", "-", "a-", "-1", "a-01", "a-+1", "A-1", "a-1-2", "a 1", "é-1",
		strings.Repeat("a", 16) + "-1", strings.Repeat("a", 17) + "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := hub.ParseID(s)
		if ok != (id.String() != "") || ok && id.String() != s {
			t.Fatalf("%q was read as %+v, %v", s, id, ok)
		}
		if ok && (len(s) > hub.MaxIDLen || strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyz-") != "") {
			t.Fatalf("%q was taken for an id", s)
		}
	})
}

// FuzzCheckChannel: what passes is safe to show, to log and to store.
func FuzzCheckChannel(f *testing.F) {
	for _, s := range []string{"general", "a.b/c", "ñ", " a", "a ", "a*", ">", "a\nb", "\u202e", "\u00a0", "\u200b", "\xff", "", strings.Repeat("a", 129)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if hub.CheckChannel(s) != nil {
			return
		}
		if s == "" || len(s) > hub.MaxChannelLen || !utf8.ValidString(s) || strings.TrimSpace(s) != s || strings.ContainsAny(s, "*>\x00\r\n\t\u2028\u202e") {
			t.Fatalf("%q passed", s)
		}
	})
}
