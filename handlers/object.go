package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// object is a JSON object with its members in the order they were sent and
// their values untouched: numbers keep their digits, strings their escapes.
type object []member

type member struct {
	name string // decoded
	raw  []byte // the name as it was sent, quotes included
	val  json.RawMessage
}

// parseObject reads one JSON object. A name that comes twice keeps its first
// place and its last value, as JSON parsers usually do.
func parseObject(body []byte) (object, error) {
	if !utf8.Valid(body) {
		return nil, &statusError{status: http.StatusBadRequest, detail: "The body is not JSON: it is not UTF-8"}
	}
	var any json.RawMessage
	if err := json.Unmarshal(body, &any); err != nil {
		return nil, &statusError{status: http.StatusBadRequest, detail: "The body is not JSON: " + err.Error()}
	}
	if any = bytes.TrimLeft(any, " \t\r\n"); any[0] != '{' {
		return nil, problems{{Loc: []string{"body"}, Msg: "Input should be a valid dictionary", Type: "dict_type"}}
	}
	dec := json.NewDecoder(bytes.NewReader(any))
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("read a checked object: %w", err)
	}
	var o object
	for dec.More() {
		before := dec.InputOffset()
		token, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("read a member's name: %w", err)
		}
		raw := bytes.TrimLeft(any[before:dec.InputOffset()], " \t\r\n,")
		m := member{name: token.(string), raw: raw}
		if err := dec.Decode(&m.val); err != nil {
			return nil, fmt.Errorf("read a member's value: %w", err)
		}
		o.put(m)
	}
	return o, nil
}

func (o *object) put(m member) {
	for i := range *o {
		if (*o)[i].name == m.name {
			(*o)[i].val = m.val
			return
		}
	}
	*o = append(*o, m)
}

// set adds or replaces a member with a value of ours, which always marshals.
func (o *object) set(name string, value any) {
	o.put(member{name: name, raw: mustJSON(name), val: mustJSON(value)})
}

func (o object) get(name string) (json.RawMessage, bool) {
	for _, m := range o {
		if m.name == name {
			return m.val, true
		}
	}
	return nil, false
}

// bytes writes the object out again.
func (o object) bytes() []byte {
	b := []byte{'{'}
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

// mustJSON marshals strings, numbers, nil and structs of them without escaping
// HTML, which is no concern of JSON. It panics on a type that cannot be
// marshalled: a fault of the program, not of its input.
func mustJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("marshal %T: %v", v, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
