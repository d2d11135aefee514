package handlers_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"latido/handlers"
	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/sse"
)

// form sends a browser's form; headers are pairs of name and value.
func (r *closedRig) form(path, body string, headers ...string) response {
	r.t.Helper()
	return r.do("POST", path, body, append([]string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html"}, headers...)...)
}

// TestLogin: a page without credentials, a session with them, with a new cookie
// each time, and the end of its streams with the logout.
func TestLogin(t *testing.T) {
	r := newClosedRig(t)
	if a := r.do("GET", "/monitoring?x=1", "", "Accept", "text/html"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login?next=%2Fmonitoring%3Fx%3D1" {
		t.Errorf("a page responds to nobody with %d to %q", a.status, a.header.Get("Location"))
	}
	if a := r.do("GET", "/login?next=/monitoring", ""); a.status != 200 || !strings.Contains(a.body, `value="/monitoring"`) || !strings.Contains(a.body, `type="password"`) {
		t.Errorf("the login page: %d %s", a.status, a.body)
	}
	a := r.form("/login", "name=viewer&password=correct+horse+battery&next=/monitoring", "Cookie", access.CookieName(false)+"=chosen-by-somebody")
	cookie := a.header.Get("Set-Cookie")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/monitoring" || !strings.Contains(cookie, "; HttpOnly; SameSite=Lax") || strings.Contains(cookie, "chosen") {
		t.Fatalf("a login: %d, %v", a.status, a.header)
	}
	pair, _, _ := strings.Cut(cookie, ";")
	if page := r.do("GET", "/", "", "Cookie", pair); page.status != 200 || !strings.Contains(page.body, ">viewer<") || !strings.Contains(page.body, `action="/logout"`) {
		t.Errorf("the page after it: %d", page.status)
	}
	if b := r.form("/login", "name=viewer&password=correct+horse+battery", "HX-Request", "true"); b.status != http.StatusNoContent || b.header.Get("HX-Redirect") != "/" ||
		b.header.Get("Set-Cookie") == "" || strings.HasPrefix(b.header.Get("Set-Cookie"), pair) {
		t.Errorf("a login with htmx: %d, %v", b.status, b.header)
	}
	for _, next := range []string{"//evil.test/", "https://evil.test/", "/\\evil.test", "javascript:alert(1)"} {
		b := r.form("/login", "name=viewer&password=correct+horse+battery&next="+next)
		if b.header.Get("Location") != "/" {
			t.Errorf("after a login with next=%q the browser goes to %q", next, b.header.Get("Location"))
		}
	}

	s := r.open("/sse/events?channel=own", "Cookie", pair)
	s.next()
	out := r.form("/logout", "", "Cookie", pair)
	if out.status != http.StatusSeeOther || !strings.Contains(out.header.Get("Set-Cookie"), "1970") {
		t.Errorf("a logout: %d, %v", out.status, out.header)
	}
	for {
		if _, err := s.read(); err != nil {
			break // a stream that goes on fails by the reader's deadline
		}
	}
	// The client may see the end before the server has counted it.
	for late := time.Now().Add(20 * time.Second); r.streams.Stats().Ended[sse.Revoked] != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d streams were revoked", r.streams.Stats().Ended[sse.Revoked])
		}
	}
	if a := r.do("GET", "/sse/stats", "", "Cookie", pair); a.status != http.StatusUnauthorized {
		t.Errorf("the cookie after the logout: %d", a.status)
	}
}

// TestWrongLogin: the same response whatever was wrong; and another site's page can
// neither log in nor read with the cookie.
func TestWrongLogin(t *testing.T) {
	// On a slow machine a password takes seconds, and the default rate gives tries
	// back meanwhile.
	r := newClosedRigWith(t, access.Options{Logins: access.LoginLimits{Pair: limits.Rate{Burst: 4, Per: 24 * time.Hour}}})
	wrong := r.form("/login", "name=viewer&password=wrong+horse+battery", "Accept-Language", "en")
	nobody := r.form("/login", "name=nobody&password=wrong+horse+battery", "Accept-Language", "en")
	same := strings.ReplaceAll(nobody.body, "nobody", "viewer")
	if wrong.status != 401 || nobody.status != 401 || len(wrong.body) != len(same) || !strings.Contains(wrong.body, "Name or password is wrong") || wrong.header.Get("Set-Cookie") != "" {
		t.Errorf("%d and %d, %d and %d bytes", wrong.status, nobody.status, len(wrong.body), len(same))
	}
	for range 3 {
		wrong = r.form("/login", "name=viewer&password=wrong+horse+battery")
		if wrong.status != http.StatusUnauthorized {
			t.Errorf("a wrong try: %d", wrong.status)
		}
	}
	for range 2 {
		wrong = r.form("/login", "name=viewer&password=wrong+horse+battery", "Accept-Language", "en")
		if wrong.status != http.StatusTooManyRequests || !within(wrong.header.Get("Retry-After"), 20_000, 21_600) || !strings.Contains(wrong.body, "Too many tries") {
			t.Errorf("after many tries: %d, %v, %s", wrong.status, wrong.header, wrong.body)
		}
	}
	if a := r.post("/login", `{"name":"viewer","password":"wrong"}`); a.status != http.StatusTooManyRequests || !within(a.header.Get("Retry-After"), 20_000, 21_600) || !strings.Contains(a.body, `"detail":"Too many tries`) {
		t.Errorf("after many tries, as JSON: %d, %v, %s", a.status, a.header, a.body)
	}
	if a := r.form("/login", "name=sender&password=correct+horse+battery", "Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden {
		t.Errorf("another site logs in: %d", a.status)
	}
	if a := r.do("GET", "/sse/stats", "", append([]string{"Origin", "https://evil.test"}, r.as["viewer"]...)...); a.status != http.StatusForbidden {
		t.Errorf("another site reads with the cookie: %d", a.status)
	}
	if strings.Contains(r.log.String(), "horse") {
		t.Error("a password is in the log")
	}
}

// within reports whether a text is a number within bounds.
func within(text string, least, most int) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= least && n <= most
}

// TestOverTLS: responses make browsers stay with TLS, and hold the session's cookie to
// this host and to TLS. Without TLS they do neither.
func TestOverTLS(t *testing.T) {
	r := newClosedRig(t)
	h := handlers.New(handlers.Config{Hub: r.hub, Streams: r.streams, Access: r.access, Jobs: r.jobs, Node: fakeNode{}, Logger: slog.New(slog.DiscardHandler)})
	for _, secure := range []bool{true, false} {
		server := httptest.NewUnstartedServer(h)
		if secure {
			server.StartTLS()
		} else {
			server.Start()
		}
		t.Cleanup(server.Close)
		req, err := http.NewRequest(http.MethodPost, server.URL+"/login", strings.NewReader("name=viewer&password=correct+horse+battery"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := server.Client().Transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		cookie := res.Header.Get("Set-Cookie")
		if res.StatusCode != http.StatusSeeOther || strings.HasPrefix(cookie, "__Host-") != secure || strings.Contains(cookie, "; Secure") != secure || !strings.Contains(cookie, "; Path=/;") {
			t.Errorf("TLS %v: %d, cookie %q", secure, res.StatusCode, cookie)
		}
		if hsts := res.Header.Get("Strict-Transport-Security"); (hsts == "max-age=31536000") != secure {
			t.Errorf("TLS %v: Strict-Transport-Security %q", secure, hsts)
		}
	}
}
