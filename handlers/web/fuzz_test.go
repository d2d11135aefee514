package web_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"latido/handlers/web"
)

// FuzzObject: an object is taken if it is one, and comes out meaning the same.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{}`, ` { "a" : 1 , "b":[{}] } `, `{"a":1,"a":2}`, `{"\u0061":1,"a":2}`, `[]`, `null`, `{`, `{"a":"\ud800"}`, `{"a":1e999}`, "\ufeff{}", "{\"\xff\":1}", `{"a":1}{}`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := web.ParseObject(body)
		var want map[string]json.RawMessage
		isObject := utf8.Valid(body) && json.Unmarshal(body, &want) == nil && want != nil
		if isObject != (err == nil) {
			t.Fatalf("%q: %v", body, err)
		}
		if err != nil {
			return
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(o.Bytes(), &got); err != nil {
			t.Fatalf("%q became %q: %v", body, o.Bytes(), err)
		}
		compact(want)
		compact(got)
		if !reflect.DeepEqual(got, want) || len(o) != len(want) {
			t.Fatalf("%q became %q", body, o.Bytes())
		}
	})
}

func compact(m map[string]json.RawMessage) {
	for k, v := range m {
		var b bytes.Buffer
		if json.Compact(&b, v) == nil {
			m[k] = b.Bytes()
		}
	}
}

// FuzzSafeLink: what may become a link leads, as a browser reads it, over http
// or https, and a path stays on this server.
func FuzzSafeLink(f *testing.F) {
	for _, s := range []string{"/", "/a?b#c", "//x", "/\\x", "\\/x", "http://x", "https://x:1/y", "javascript:x", "java\tscript:x", " /x", "/\t/x", "http:/x", "http:x", "data:,x", "x", "?x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !web.SafeLink(s) {
			return
		}
		// The URL standard, 4.4: tabs and line breaks go, and \ counts as /.
		read := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(strings.Trim(s, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r \x1f"))
		base := &url.URL{Scheme: "http", Host: "latido.test", Path: "/"}
		u, err := base.Parse(read)
		if err != nil {
			t.Fatalf("%q is no URL: %v", s, err)
		}
		if u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("%q leads to %s", s, u.Scheme)
		}
		if strings.HasPrefix(s, "/") && u.Host != "latido.test" {
			t.Fatalf("%q leaves the server for %s", s, u.Host)
		}
	})
}
