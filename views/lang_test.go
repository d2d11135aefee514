package views_test

import (
	"testing"

	"latido/views"
)

func TestParseLang(t *testing.T) {
	for in, want := range map[string]struct {
		l  views.Lang
		ok bool
	}{
		"es": {views.Spanish, true}, "en": {views.English, true},
		"": {views.Spanish, false}, "de": {views.Spanish, false}, "EN": {views.Spanish, false}, "en\x00": {views.Spanish, false},
	} {
		if l, ok := views.ParseLang(in); l != want.l || ok != want.ok {
			t.Errorf("ParseLang(%q) = %q, %v; want %q, %v", in, l, ok, want.l, want.ok)
		}
	}
}

func TestMatchLang(t *testing.T) {
	for in, want := range map[string]views.Lang{
		"":                        views.Spanish,
		"es":                      views.Spanish,
		"es-MX,es;q=0.9":          views.Spanish,
		"en":                      views.English,
		"en-GB,en;q=0.9":          views.English,
		"de,en;q=0.5":             views.English,
		"de,es;q=0.4,en;q=0.5":    views.English,
		"en;q=0.1,es;q=0.2":       views.Spanish,
		"de-DE,de;q=0.9":          views.Spanish,
		"ca,en;q=0.5":             views.English,
		"*":                       views.Spanish,
		"not a header;;;":         views.Spanish,
		"en;q=banana":             views.Spanish,
		"\x00\xff":                views.Spanish,
		"en-US,en;q=0.9,es;q=0.8": views.English,
	} {
		if got := views.MatchLang(in); got != want {
			t.Errorf("MatchLang(%q) = %q, want %q", in, got, want)
		}
	}
}
