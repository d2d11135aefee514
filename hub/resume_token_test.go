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

// TestParseResumeToken: how far back is a decimal number from 1 to the sequence, written in
// one way.
func TestParseResumeToken(t *testing.T) {
	for text, want := range map[string]hub.ResumeToken{
		"a-500-12":                       {ID: hub.ID{Epoch: "a", Seq: 500}, Back: 12},
		"a-500-1":                        {ID: hub.ID{Epoch: "a", Seq: 500}, Back: 1},
		"a-500-500":                      {ID: hub.ID{Epoch: "a", Seq: 500}, Back: 500},
		"a-500":                          {ID: hub.ID{Epoch: "a", Seq: 500}},
		"abcdefghijklmnop-10000000000-9": {ID: hub.ID{Epoch: "abcdefghijklmnop", Seq: 10_000_000_000}, Back: 9},
	} {
		if got, ok := hub.ParseResumeToken(text); !ok || got != want || got.String() != text {
			t.Errorf("%q is %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"a-500-0", "a-500-501", "a-500-012", "a-500-+1", "a-500-1a", "a-500-", "a-500-1-1"} {
		if got, ok := hub.ParseResumeToken(text); ok {
			t.Errorf("%q is %+v", text, got)
		}
	}
}
