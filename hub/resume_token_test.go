package hub_test

import (
	"testing"

	"latido/hub"
)

// FuzzParseResumeToken checks that the text of a parsed token is the parsed text, and
// that ids are tokens.
func FuzzParseResumeToken(f *testing.F) {
	for _, s := range []string{"a1b2c3d4-1", "a-5-5", "a-5-6", "a-5-0", "a-5-01", "a-5-", "a-5--1", "a--5", "-5-1", "a-5-1-1", "", "abcdefghijklmnop-18446744073709551615-12", "abcdefghijklmnop-18446744073709551615-123"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := hub.ParseResumeToken(s)
		if ok != (p.String() != "") || ok && (p.String() != s || p.Back > p.Seq) {
			t.Fatalf("%q was parsed as %+v, %v", s, p, ok)
		}
		if id, isID := hub.ParseID(s); isID && (!ok || p != hub.ResumeToken{ID: id}) {
			t.Fatalf("the id %q was parsed as the token %+v", s, p)
		}
	})
}
