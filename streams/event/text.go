package event

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"latido/hub"
)

// Timestamp returns t in RFC 3339, UTC, with microseconds. It is the clock of
// what clients ask for: broadcasts, notifications, task updates, control events.
func Timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }

// TimestampMillis returns t in RFC 3339, UTC, with milliseconds. It is the clock
// of what the server produces: samples, log entries and tasks.
func TimestampMillis(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// When returns the time that a payload claims in its timestamp, or the time at
// which e was stored when the text is not RFC 3339.
func When(timestamp string, e *hub.Event) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, timestamp); err == nil {
		return t
	}
	return e.Time
}

// NewID returns a new id that cannot be guessed: prefix and 16 hexadecimal
// digits.
func NewID(prefix string) string {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return prefix + hex.EncodeToString(b[:])
}

// IsWord reports whether s is 1 to n characters of [A-Za-z0-9_-], which have no
// special meaning to a file system or a URL.
func IsWord(s string, n int) bool {
	if s == "" || len(s) > n {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// Shorten cuts s to at most n bytes, n at least 3, without splitting a
// character. What was cut ends in an ellipsis.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const ellipsis = "…"
	end := n - len(ellipsis)
	for end > 0 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end] + ellipsis
}

// encode returns v as JSON without HTML escapes. The payloads of this package
// can always be encoded; anything else is a fault of the program.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
