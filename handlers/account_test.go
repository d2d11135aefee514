package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latido/handlers/access"
)

// TestAccount: a person changes the password by giving the present one; the other sessions end,
// and the browser that asks stays.
func TestAccount(t *testing.T) {
	r := newClosedRig(t)
	change := func(present, password, again string, headers ...string) response {
		fields := url.Values{"present": {present}, "password": {password}, "again": {again}}
		return r.form("/account", fields.Encode(), append(append([]string{"Accept-Language", "en"}, r.as["viewer"]...), headers...)...)
	}
	const next = "a long phrase of theirs"
	change("a wrong password", next, next).refuses(t, "account-present", "This is not the current password. Try again.")
	change(rigPassword, "short", "short").refuses(t, "account-password", "Use at least 10 characters and at most 1024 bytes.")
	change(rigPassword, next, next+"!").refuses(t, "account-again", "The two passwords differ. Type the same one twice.")
	if a := change("", next, next, "HX-Request", "true"); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "<html") || !strings.Contains(a.body, `<hx-partial id="account-fields" hx-swap="innerMorph">`) ||
		strings.Contains(a.body, next) {
		t.Errorf("no present password: %d %s", a.status, a.body)
	}

	other, _, err := r.access.Login(t.Context(), "viewer", rigPassword, "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	a := change(rigPassword, next, next)
	a.goesTo(t, "/account?done=password-changed")
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	page := r.do("GET", "/account?done=password-changed", "", "Cookie", cookie, "Accept", "text/html", "Accept-Language", "en")
	if page.status != http.StatusOK || !strings.Contains(page.body, "Password changed. Your other sessions have ended.") || !strings.Contains(page.body, `href="/account" aria-current="page"`) {
		t.Errorf("the page afterwards: %d %s", page.status, page.body)
	}
	for what, old := range map[string][]string{"the session before": r.as["viewer"], "another session": {"Cookie", access.CookieName(false) + "=" + other}} {
		if b := r.do("GET", "/sse/stats", "", old...); b.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, b.status)
		}
	}
	log := r.log.String()
	if !strings.Contains(log, `msg=audit action="password changed" on=viewer who=viewer from=127.0.0.1`) || !strings.Contains(log, `msg=audit action="password change refused: not the present one" on=viewer who=viewer`) ||
		strings.Contains(log, "phrase") || strings.Contains(log, "horse") {
		t.Errorf("the log: %s", log)
	}

	r.as["viewer"] = []string{"Cookie", cookie}
	b := change(next, rigPassword, rigPassword, "HX-Request", "true")
	if b.status != http.StatusOK || b.header.Get("Set-Cookie") == "" || !strings.Contains(b.body, "Password changed.") || !strings.Contains(b.body, `hx-swap="innerHTML"`) {
		t.Errorf("with htmx: %d %v %s", b.status, b.header, b.body)
	}
}

// TestPresentPasswordIsNotGuessed: tries count as tries to log in do.
func TestPresentPasswordIsNotGuessed(t *testing.T) {
	// One that gives tries back while a slow machine compares passwords would admit all of them.
	r := newClosedRigWith(t, access.Options{Logins: access.LoginLimits{Pair: perDay(5)}})
	fields := url.Values{"present": {"a wrong password"}, "password": {"a long phrase of theirs"}, "again": {"a long phrase of theirs"}}
	for _, accept := range []string{"text/html", "application/json"} {
		var a response
		for range 6 {
			a = r.do("POST", "/account", fields.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Accept", accept, "Accept-Language", "en"}, r.as["viewer"]...)...)
		}
		if a.status != http.StatusTooManyRequests || !within(a.header.Get("Retry-After"), 16_000, 17_280) || !strings.Contains(a.body, "oo many tries: try again in") {
			t.Errorf("%s: %d %v %s", accept, a.status, a.header, a.body)
		}
	}
}
