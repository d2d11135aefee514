package sse_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"latido/handlers/sse"
	"latido/hub/hubtest/eventsource"
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

// FuzzAppend is A1: whatever goes in, a parser that follows the standard reads
// exactly that, and one event only. eventsource.FuzzBlock compares the parser with another
// implementation.
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
		p := eventsource.NewParser(bytes.NewReader(b), "")
		for _, want := range []eventsource.Block{
			{ID: id, HasID: id != "", Event: event, Data: lines, HasData: true}, {ID: id, Data: "after", HasData: true},
		} {
			if got, err := p.Block(); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q was read as %+v, %v, want %+v", b, got, err, want)
			}
		}
	})
}
