package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"latido/handlers"
)

// TestOtherSites (A7): what pages of other sites may do, by their origin and by
// what carries the request: a cookie, which the browser adds by itself, or a key.
func TestOtherSites(t *testing.T) {
	const friend = "https://app.test"
	closed := newClosedRig(t)
	trusting := newClosedRig(t, func(c *handlers.Config) { c.Origins = []string{friend} })
	open := newRig(t)
	type with struct{ header []string }
	cookie := func(r *closedRig) with { return with{r.as["sender"]} }
	key := func(r *closedRig) with { return with{r.as["a reader of own"]} }
	const (
		get  = "GET /sse/history/own"
		post = "POST /sse/broadcast/own"
	)
	for _, c := range []struct {
		name   string
		rig    *rig
		with   with
		do     string
		origin string
		status int
		allow  string // Access-Control-Allow-Origin
	}{
		{"a program", closed.rig, key(closed), get, "", 200, ""},
		{"the own page", closed.rig, cookie(closed), get, "own", 200, ""},
		{"the own page sends", closed.rig, cookie(closed), post, "own", 200, ""},
		{"another page with the cookie", closed.rig, cookie(closed), get, friend, 403, ""},
		{"another page sends with the cookie", closed.rig, cookie(closed), post, friend, 403, ""},
		{"another page with a key", closed.rig, key(closed), get, friend, 200, ""}, // its browser does not show it the response
		{"a page without an origin", closed.rig, cookie(closed), get, "null", 403, ""},
		{"a page without an origin sends", closed.rig, cookie(closed), post, "null", 403, ""},

		{"a named site with the cookie", trusting.rig, cookie(trusting), get, friend, 200, friend},
		{"a named site sends with the cookie", trusting.rig, cookie(trusting), post, friend, 200, friend},
		{"a named site with a key", trusting.rig, key(trusting), get, friend, 200, friend},
		{"a named site with nothing", trusting.rig, with{}, get, friend, 401, friend},
		{"a site that begins like it", trusting.rig, cookie(trusting), get, friend + ".evil.test", 403, ""},
		{"a site that ends like it", trusting.rig, cookie(trusting), post, "https://evil-app.test", 403, ""},
		{"it without TLS", trusting.rig, cookie(trusting), get, "http://app.test", 403, ""},
		{"it on another port", trusting.rig, cookie(trusting), get, friend + ":8443", 403, ""},
		{"the own page of a trusting one", trusting.rig, cookie(trusting), post, "own", 200, ""},

		{"open, any page reads", open, with{}, get, "https://any.test", 200, "*"},
		{"open, no page sends", open, with{}, post, "https://any.test", 403, ""},
		{"open, a program sends", open, with{}, post, "", 200, ""},
	} {
		method, path, _ := strings.Cut(c.do, " ")
		header := append([]string{"Content-Type", "application/json"}, c.with.header...)
		switch c.origin {
		case "":
		case "own":
			header = append(header, "Origin", c.rig.url, "Sec-Fetch-Site", "same-origin")
		default:
			header = append(header, "Origin", c.origin, "Sec-Fetch-Site", "cross-site")
		}
		body := ""
		if method == http.MethodPost {
			body = `{"n":1}`
		}
		before := c.rig.last()
		a := c.rig.do(method, path, body, header...)
		if a.status != c.status || a.header.Get("Access-Control-Allow-Origin") != c.allow {
			t.Errorf("%s: %d and Allow-Origin %q, want %d and %q", c.name, a.status, a.header.Get("Access-Control-Allow-Origin"), c.status, c.allow)
		}
		if credentials := a.header.Get("Access-Control-Allow-Credentials"); (credentials == "true") != (c.allow == friend) {
			t.Errorf("%s: Allow-Credentials %q", c.name, credentials)
		}
		if varies := strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Origin"); varies != (c.rig == trusting.rig) {
			t.Errorf("%s: Vary %q", c.name, a.header.Values("Vary"))
		}
		if a.status != 200 && c.rig.last() != before {
			t.Errorf("%s: refused, and published all the same", c.name)
		}
	}
}

// TestPreflight: a browser that asks first learns the same.
func TestPreflight(t *testing.T) {
	const friend = "https://app.test"
	r := newRig(t, func(c *handlers.Config) { c.Origins = []string{friend} })
	ask := func(origin, path string) response {
		return r.do(http.MethodOptions, path, "", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
	}
	a := ask(friend, "/sse/broadcast/c")
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != friend || a.header.Get("Access-Control-Allow-Methods") != "GET, POST" ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization") || a.header.Get("Access-Control-Max-Age") == "" {
		t.Errorf("a named site: %d %v", a.status, a.header)
	}
	for _, c := range [][2]string{{"https://evil.test", "/sse/broadcast/c"}, {friend, "/"}, {friend, "/login"}} {
		if a := ask(c[0], c[1]); a.status < 400 || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s asks for %s: %d %v", c[0], c[1], a.status, a.header)
		}
	}
	s := r.open("/sse/events", "Origin", friend)
	if s.header.Get("Access-Control-Allow-Origin") != friend || s.header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("a stream: %v", s.header)
	}
}
