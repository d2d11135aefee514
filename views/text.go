package views

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// text makes data from outside showable; every string that came from a user, a
// producer or another system passes through it. HTML parsers drop NUL or turn
// it into something else, depending on where it stands. A CR inside a fragment would
// end a line of the event stream that carries it. So line ends become LF. Other control
// characters, and bytes that are not UTF-8, become U+FFFD: a reader sees that something
// was there.
func text(s string) string {
	if clean(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '\r':
			b.WriteByte('\n')
		case control(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// labelRunes is what fits where a page has one line: anything longer is cut by
// the style sheet anyway, and would travel for nothing.
const labelRunes = 160

// label is text for one line: a name, an id, an accessible label.
func label(s string) string {
	// Cut before cleaning: a byte more than any rune has leaves one to cut.
	if len(s) > 4*labelRunes+4 {
		s = s[:4*labelRunes+4]
	}
	s = text(s)
	for i, n := 0, 0; i < len(s); n++ {
		if n == labelRunes {
			return s[:i] + "…"
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s
}

// clean says whether text has nothing to do, which is nearly always.
func clean(s string) bool {
	for _, r := range s {
		if r == '\r' || r == utf8.RuneError || control(r) {
			return false
		}
	}
	return true
}

// control holds for the C0 and C1 controls but tab and line feed.
func control(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0
}

// simpleID is what may stand in an id as it is. Anything else would be a
// selector that htmx cannot read, and an exception there ends the stream.
var simpleID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// domID derives the id of an element from the id of what it shows: the same
// for the same, different for different.
func domID(prefix, id string) string {
	if simpleID.MatchString(id) {
		return prefix + "-" + id
	}
	sum := sha256.Sum256([]byte(id))
	return prefix + "-x" + hex.EncodeToString(sum[:8])
}

// pair is the usual shape of a symbol, BTC/USD. Its slug is one to one; other
// symbols are hashed, or BTC/USD and BTC-USD would be one row.
var pair = regexp.MustCompile(`^[A-Z0-9]{1,16}/[A-Z0-9]{1,16}$`)

// priceID is the id of a symbol's row.
func priceID(symbol string) string {
	if pair.MatchString(symbol) {
		return "px-" + strings.ToLower(strings.Replace(symbol, "/", "-", 1))
	}
	sum := sha256.Sum256([]byte(symbol))
	return "px-x" + hex.EncodeToString(sum[:8])
}

// taskID is the id of a task's row: a hash, for a task's id may be any text.
func taskID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "task-" + hex.EncodeToString(sum[:8])
}

// link gives a URL that came from outside, or "" when it is anything but http,
// https or a path on this server. It was checked when it came in; this is the
// second check, for events stored before the first one existed.
func link(s string) templ.SafeURL {
	// Browsers drop tabs and newlines in URLs and read \ as /, so that
	// "/\t/host" or "/\host" would leave the server.
	if s == "" || !clean(s) || strings.ContainsAny(s, "\t\n\\") {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	switch {
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//"):
	default:
		return ""
	}
	return templ.SafeURL(u.String())
}

// local gives a link only when it stays on this server.
func local(s string) templ.SafeURL {
	if !strings.HasPrefix(s, "/") {
		return ""
	}
	return link(s)
}
