package sse

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrField is wrapped when a field cannot be written without changing what a
// client reads: a line break or NUL in id or event, or bytes that are not UTF-8.
var ErrField = errors.New("bad event stream field")

// Message is one event of a text/event-stream, as the HTML standard defines it
// (section 9.2.5, "Parsing an event stream").
type Message struct {
	ID    string        // "" for none; no NUL, CR or LF
	Event string        // "" for the default type, message; no NUL, CR or LF
	Retry time.Duration // whole milliseconds; 0 for none
	Data  []byte        // any UTF-8; CR, LF and CRLF all arrive as LF
}

// Append adds the message's frame to dst. It refuses what would change what a client
// reads: a lone CR inside a field would begin a field of the sender's choice.
func Append(dst []byte, m Message) ([]byte, error) {
	if err := check("id", m.ID, "\x00\r\n"); err != nil {
		return dst, err
	}
	if err := check("event", m.Event, "\x00\r\n"); err != nil {
		return dst, err
	}
	if !utf8.Valid(m.Data) {
		return dst, fmt.Errorf("%w: data is not UTF-8", ErrField)
	}
	if m.Retry > 0 {
		dst = AppendRetry(dst, m.Retry)
	}
	if m.ID != "" {
		dst = append(dst, "id: "...)
		dst = append(dst, m.ID...)
		dst = append(dst, '\n')
	}
	if m.Event != "" {
		dst = append(dst, "event: "...)
		dst = append(dst, m.Event...)
		dst = append(dst, '\n')
	}
	dst = appendData(dst, m.Data)
	return append(dst, '\n'), nil
}

func check(field, value, forbidden string) error {
	if strings.ContainsAny(value, forbidden) {
		return fmt.Errorf("%w: %s has a line break or NUL", ErrField, field)
	}
	if !utf8.ValidString(value) {
		return fmt.Errorf("%w: %s is not UTF-8", ErrField, field)
	}
	return nil
}

// appendData writes one data line per line of data. An empty line is "data:"
// without the space, as the shortest form of the same.
func appendData(dst, data []byte) []byte {
	for {
		i := bytes.IndexAny(data, "\r\n")
		line := data
		if i >= 0 {
			line = data[:i]
		}
		dst = append(dst, "data:"...)
		if len(line) > 0 {
			dst = append(dst, ' ')
			dst = append(dst, line...)
		}
		dst = append(dst, '\n')
		if i < 0 {
			return dst
		}
		if data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			i++
		}
		data = data[i+1:]
	}
}

// AppendRetry adds a retry field on its own. It belongs to the event that follows.
func AppendRetry(dst []byte, retry time.Duration) []byte {
	dst = append(dst, "retry: "...)
	dst = strconv.AppendInt(dst, retry.Milliseconds(), 10)
	return append(dst, '\n')
}
