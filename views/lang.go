package views

import "golang.org/x/text/language"

// Lang is a language of the interface.
type Lang string

// The languages of the interface; Spanish is the default.
const (
	Spanish Lang = "es"
	English Lang = "en"
)

// ParseLang reads a language as the prefs form and its cookie spell it. ok is
// false for anything but "es" and "en".
func ParseLang(s string) (l Lang, ok bool) {
	switch Lang(s) {
	case Spanish, English:
		return Lang(s), true
	}
	return Spanish, false
}

// MatchLang returns the language that best matches an Accept-Language header
// (RFC 9110, 12.5.4); Spanish when the header is empty, malformed or names
// neither.
func MatchLang(acceptLanguage string) Lang {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return Spanish
	}
	// The first is also what the matcher gives when nothing matches.
	matcher := language.NewMatcher([]language.Tag{language.Spanish, language.English})
	_, i, _ := matcher.Match(tags...)
	return []Lang{Spanish, English}[i]
}
