package access

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// APIKey is a program's way in, as stored. The secret is shown once.
type APIKey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Digest  string    `json:"digest"`
	Grant   Grant     `json:"grant"`
	User    int64     `json:"user,omitempty"` // whom its programs act for; 0 for nobody
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero for never
	By      string    `json:"by"`               // who made it
}

// keyPrefix begins a key's text, so that people and scanners know one.
const keyPrefix = "latido_"

// splitKey takes ID and secret out of latido_ID_SECRET.
func splitKey(text string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "_")
}

// CheckLabel answers what is wrong with the name of a key or a link, nil for
// nothing.
func CheckLabel(name string) error {
	if name == "" || len(name) > 64 || !utf8.ValidString(name) || strings.TrimSpace(name) != name ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a name is 1 to 64 bytes of printable text", ErrInput)
	}
	return nil
}
