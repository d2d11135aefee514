package access

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// APIKey is the credential of a program, as stored. Its secret is shown once.
type APIKey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Digest  string    `json:"digest"`
	Grant   Grant     `json:"grant"`
	User    int64     `json:"user,omitempty"` // user that the program acts for; 0 for none
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero for never
	By      string    `json:"by"`               // name of the creator
}

// keyPrefix begins the text of a key, so that people and scanners recognize one.
const keyPrefix = "latido_"

// splitKey returns ID and SECRET of latido_ID_SECRET.
func splitKey(text string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "_")
}

// CheckLabel returns an error that wraps ErrInput unless name is a valid name of a key or
// a link.
func CheckLabel(name string) error {
	if name == "" || len(name) > 64 || !utf8.ValidString(name) || strings.TrimSpace(name) != name ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a name is 1 to 64 bytes of printable text", ErrInput)
	}
	return nil
}
