package sse_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gosse "github.com/tmaxmax/go-sse"

	"latido/handlers/sse"
)

func TestAppend(t *testing.T) {
	tests := []struct {
		name string
		m    sse.Message
		want string
	}{
		{"empty", sse.Message{}, "data:\n\n"},
		{"data", sse.Message{Data: []byte("x")}, "data: x\n\n"},
		{"leading space", sse.Message{Data: []byte(" x")}, "data:  x\n\n"},
		{"LF", sse.Message{Data: []byte("a\nb\n")}, "data: a\ndata: b\ndata:\n\n"},
		{"CR", sse.Message{Data: []byte("a\rb")}, "data: a\ndata: b\n\n"},
		{"CRLF", sse.Message{Data: []byte("a\r\nb\r\n\rc")}, "data: a\ndata: b\ndata:\ndata: c\n\n"},
		{"field in data", sse.Message{Data: []byte("x\rid: 7")}, "data: x\ndata: id: 7\n\n"},
		{"NUL in data", sse.Message{Data: []byte("a\x00b")}, "data: a\x00b\n\n"},
		{"all", sse.Message{ID: "e-1", Event: "bye", Retry: 1500 * time.Millisecond, Data: []byte("x")},
			"retry: 1500\nid: e-1\nevent: bye\ndata: x\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := sse.Append([]byte("before\n"), tt.m)
			if err != nil || string(got) != "before\n"+tt.want {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestAppendRefuses(t *testing.T) {
	for name, m := range map[string]sse.Message{
		"CR in id": {ID: "a\rb"}, "LF in id": {ID: "a\n"}, "NUL in id": {ID: "a\x00"}, "id not UTF-8": {ID: "\xff"},
		"CR in event": {Event: "a\rdata: x"}, "LF in event": {Event: "\n"}, "event not UTF-8": {Event: "\xff"},
		"data not UTF-8": {Data: []byte("a\xff")},
	} {
		got, err := sse.Append([]byte("before"), m)
		if !errors.Is(err, sse.ErrField) || string(got) != "before" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// parsed is what a client knows after an event.
type parsed struct{ id, event, data string }

// parse follows the HTML standard, 9.2.6 "Interpreting an event stream", word
// for word, and shares nothing with the encoder.
func parse(stream []byte) (events []parsed) {
	text := strings.TrimPrefix(string(stream), "\uFEFF")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	lines := strings.Split(text, "\n")
	var data, event, id strings.Builder
	for _, line := range lines[:len(lines)-1] { // an unended line is no line
		if line == "" {
			if data.Len() > 0 {
				events = append(events, parsed{id.String(), event.String(), strings.TrimSuffix(data.String(), "\n")})
			}
			data.Reset()
			event.Reset()
			continue
		}
		if line[0] == ':' {
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			event.Reset()
			event.WriteString(value)
		case "data":
			data.WriteString(value + "\n")
		case "id":
			if !strings.Contains(value, "\x00") {
				id.Reset()
				id.WriteString(value)
			}
		}
	}
	return events
}

// FuzzAppend is A1: whatever goes in, a parser that follows the standard reads
// exactly that, and one event only; a library's parser agrees.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{"", "x", "a\nb", "a\rb", "a\r\nb", "\r\n\r\n", "data: x\n\nid: 1\n", "\x00", "\u2028", "\uFEFF", ":", "\xff"} {
		f.Add("e-1", "", []byte(s))
		f.Add(s, s, []byte(s))
	}
	f.Fuzz(func(t *testing.T, id, event string, data []byte) {
		b, err := sse.Append(nil, sse.Message{ID: id, Event: event, Data: data})
		bad := strings.ContainsAny(id+event, "\x00\r\n") || !utf8.ValidString(id) || !utf8.ValidString(event) || !utf8.Valid(data)
		if bad != (err != nil) {
			t.Fatalf("error %v for id %q, event %q, data %q", err, id, event, data)
		}
		if err != nil {
			if len(b) != 0 {
				t.Fatalf("an error and bytes: %q", b)
			}
			return
		}
		lines := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\r", "\n")
		// A second event shows that the first one ended where it should.
		b = append(b, "data: after\n\n"...)
		got := parse(b)
		want := []parsed{{id, event, lines}, {id, "", "after"}}
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Fatalf("%q was read as %q, want %q", b, got, want)
		}
		secondOpinion(t, b, want)
	})
}

func secondOpinion(t *testing.T, b []byte, want []parsed) {
	t.Helper()
	n := 0
	for ev, err := range gosse.Read(bytes.NewReader(b), nil) {
		if err != nil {
			t.Fatalf("go-sse: %v in %q", err, b)
		}
		if n >= len(want) || ev.LastEventID != want[n].id || ev.Type != want[n].event || ev.Data != want[n].data {
			t.Fatalf("go-sse read %+v from %q, want %+v", ev, b, want)
		}
		n++
	}
	if n != len(want) {
		t.Fatalf("go-sse read %d events from %q", n, b)
	}
}
