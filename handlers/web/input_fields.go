package web

import (
	"encoding/json"
	"slices"
	"strings"
)

// value returns a field's raw JSON; ok is false when it was not given.
func (in *Input) value(name string) (raw json.RawMessage, ok bool) {
	raw, ok = in.Object.Get(name)
	if ok && in.form && string(raw) == `""` {
		return nil, false
	}
	return raw, ok
}

// Given reports whether a field was given and, in a form, has a text.
func (in *Input) Given(name string) bool {
	_, given := in.value(name)
	return given
}

// Has reports whether a field was sent, empty or not.
func (in *Input) Has(name string) bool {
	_, sent := in.Object.Get(name)
	return sent
}

// Missing says that a field is required.
func (in *Input) Missing(name string) { in.Problems.Add("missing", "Field required", "body", name) }

// Text reads a required string.
func (in *Input) Text(name string) (s string) {
	raw, ok := in.value(name)
	if !ok {
		in.Missing(name)
		return ""
	}
	if json.Unmarshal(raw, &s) != nil || string(raw) == "null" {
		in.Problems.Add("string_type", "Input should be a valid string", "body", name)
	}
	return s
}

// Optional reads a string that may be missing, empty in a form, or null.
func (in *Input) Optional(name string) (s string, ok bool) {
	raw, given := in.value(name)
	if !given || string(raw) == "null" {
		return "", false
	}
	return in.Text(name), true
}

// Field reads a string that may be missing; one that was sent must have a text.
func (in *Input) Field(name string) (string, bool) {
	if !in.Has(name) {
		return "", false
	}
	return in.Text(name), true
}

// Raw returns the string of a field for the form to show it again, "" for any other
// value. It finds nothing wrong.
func (in *Input) Raw(name string) (s string) {
	raw, given := in.Object.Get(name)
	if !given || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// List returns the strings of a field that may be sent several times, or be a list.
// It leaves out what is no string, and finds nothing wrong.
func (in *Input) List(name string) (texts []string) {
	raw, given := in.Object.Get(name)
	if !given {
		return nil
	}
	if json.Unmarshal(raw, &texts) != nil {
		if one := in.Raw(name); one != "" {
			return []string{one}
		}
		return nil
	}
	return texts
}

// Values returns the strings of all fields, for the form to show them again.
func (in *Input) Values() map[string][]string {
	values := map[string][]string{}
	for _, m := range in.Object {
		values[m.name] = in.List(m.name)
	}
	return values
}

// Choice reads an optional string that is one of a few.
func (in *Input) Choice(name, fallback string, choices ...string) string {
	if !in.Given(name) {
		return fallback
	}
	before := len(in.Problems)
	s := in.Text(name)
	if len(in.Problems) == before && !slices.Contains(choices, s) {
		last := len(choices) - 1
		in.Problems.Add("literal_error", "Input should be '"+strings.Join(choices[:last], "', '")+"' or '"+choices[last]+"'", "body", name)
	}
	return s
}

// Number reads a required number within bounds and returns it as it was sent;
// a form's text is read as one.
func (in *Input) Number(name string, low, high float64) json.Number {
	raw, ok := in.value(name)
	if !ok {
		in.Missing(name)
		return "0"
	}
	text := string(raw)
	if in.form {
		text = strings.Trim(text, `"`)
	}
	if _, ok := in.Problems.Number(text, low, high, "body", name); !ok {
		return "0"
	}
	return json.Number(text)
}

// Link reads an optional link: http, https, or a path of this server.
func (in *Input) Link(name string) *string {
	s, ok := in.Optional(name)
	if !ok {
		return nil
	}
	if !SafeLink(s) {
		in.Problems.Add("url_scheme", "Input should be an http or https URL, or a path that begins with one '/'", "body", name)
		return nil
	}
	return &s
}
