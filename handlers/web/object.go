package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"
)

// Object is a JSON object with its members in the order they were sent and
// their values untouched: numbers keep their digits, strings their escapes.
type Object []member

type member struct {
	name string // decoded
	raw  []byte // the name as it was sent, quotes included
	val  json.RawMessage
}

// ParseObject reads one JSON object. A name that comes twice stays where it was first,
// with its last value, as JSON parsers usually do. Errors: 400, 422.
func ParseObject(body []byte) (Object, error) {
	if !utf8.Valid(body) {
		return nil, &StatusError{Status: http.StatusBadRequest, Detail: "The body is not JSON: it is not UTF-8. Encode it as UTF-8"}
	}
	if !json.Valid(body) {
		err := json.Unmarshal(body, new(json.RawMessage)) // says where and why
		return nil, &StatusError{Status: http.StatusBadRequest, Detail: fmt.Sprintf("The body is not JSON: %v", err)}
	}
	s := jsonScan(body)
	s.space()
	if s[0] != '{' {
		return nil, Problems{{Loc: []string{"body"}, Msg: "Input should be a valid dictionary", Type: "dict_type"}}
	}
	s = s[1:]
	var o Object
	at := map[string]int{} // by name: looking through o for each of many names would take their square
	for s.space(); s[0] != '}'; s.space() {
		if s[0] == ',' {
			s = s[1:]
			continue
		}
		m := member{raw: s.value()}
		if err := json.Unmarshal(m.raw, &m.name); err != nil {
			return nil, fmt.Errorf("read a member's name: %w", err)
		}
		s.space()
		s = s[1:] // the colon
		s.space()
		m.val = s.value()
		if i, again := at[m.name]; again {
			o[i].val = m.val
			continue
		}
		at[m.name] = len(o)
		o = append(o, m)
	}
	return o, nil
}

// jsonScan cuts JSON that is known to be valid into pieces. It walks a body once
// where decoding it member by member would check and copy every piece again.
type jsonScan []byte

func (s *jsonScan) space() { *s = bytes.TrimLeft(*s, " \t\r\n") }

// value takes the next value off, as it was sent.
func (s *jsonScan) value() []byte {
	b, depth, i := *s, 0, 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				*s = b[i+1:]
				return b[:i+1]
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				*s = b[i+1:]
				return b[:i+1]
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				*s = b[i:]
				return b[:i]
			}
		}
		if depth < 0 {
			break // the end of the object that a number or a word stood in
		}
	}
	*s = b[i:]
	return b[:i]
}

// Set adds or replaces a member with a value of ours, which always marshals.
func (o *Object) Set(name string, value any) {
	val := json.RawMessage(MustJSON(value))
	if i := slices.IndexFunc(*o, func(m member) bool { return m.name == name }); i >= 0 {
		(*o)[i].val = val
		return
	}
	*o = append(*o, member{name: name, raw: MustJSON(name), val: val})
}

// Get returns the value of a member as it was sent.
func (o Object) Get(name string) (json.RawMessage, bool) {
	for _, m := range o {
		if m.name == name {
			return m.val, true
		}
	}
	return nil, false
}

// Bytes writes the object out again.
func (o Object) Bytes() []byte {
	size := 2
	for _, m := range o {
		size += len(m.raw) + len(m.val) + 2
	}
	b := append(make([]byte, 0, size), '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m.raw...)
		b = append(b, ':')
		b = append(b, m.val...)
	}
	return append(b, '}')
}

// MustJSON marshals strings, numbers, nil and structs of them without escaping
// HTML, which is no concern of JSON. It panics on a type that cannot be
// marshalled: a fault of the program, not of its input.
func MustJSON(v any) []byte {
	if s, ok := v.(string); ok && isPlain(s) {
		b := make([]byte, 0, len(s)+2)
		return append(append(append(b, '"'), s...), '"')
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("marshal %T: %v", v, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// isPlain reports whether a JSON string of s is s in quotes: most are.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
