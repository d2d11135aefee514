package handlers_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latido/handlers"
	"latido/handlers/access"
)

// asAdmin sends a browser's form as the administrator, who reads English.
func (r *closedRig) asAdmin(path string, fields url.Values, headers ...string) response {
	r.t.Helper()
	return r.form(path, fields.Encode(), append(append([]string{"Accept-Language", "en"}, r.as["admin"]...), headers...)...)
}

func (r *closedRig) adminPage(path string) *goquery.Document {
	r.t.Helper()
	a := r.do("GET", path, "", append([]string{"Accept", "text/html", "Accept-Language", "en"}, r.as["admin"]...)...)
	if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("GET %s: %d, Cache-Control %q", path, a.status, a.header.Get("Cache-Control"))
	}
	return document(r.t, a.body)
}

func document(t testing.TB, body string) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// goesTo checks the response to a form without script that did what it is for.
func (a response) goesTo(t testing.TB, path string) {
	t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != path || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d to %q (%q), want 303 to %q", a.status, a.header.Get("Location"), a.header.Get("Cache-Control"), path)
	}
}

// refuses checks the page that a form without script gets when a field is wrong: it
// says so beside the field, which has the focus.
func (a response) refuses(t testing.TB, field, sentence string) *goquery.Document {
	t.Helper()
	d := document(t, a.body)
	if got := strings.TrimSpace(d.Find("#" + field + "-help .field-error").Text()); a.status != http.StatusUnprocessableEntity || got != sentence {
		t.Errorf("%d, %s: %q, want 422 and %q", a.status, field, got, sentence)
	}
	if in := d.Find("#" + field); in.Length() > 0 && in.Is("input, select") && in.AttrOr("aria-invalid", "") != "true" {
		t.Errorf("%s is not marked as wrong", field)
	}
	if d.Find("[autofocus]").Length() != 1 {
		t.Errorf("%d fields have the focus", d.Find("[autofocus]").Length())
	}
	return d
}

func person(name, user, role, password string) url.Values {
	return url.Values{"name": {name}, "user": {user}, "role": {role}, "password": {password}, "again": {password}}
}

// TestPeoplePage: a person is added, changed and removed, in a browser without script.
func TestPeoplePage(t *testing.T) {
	r := newClosedRig(t)
	r.asAdmin("/access/people", person("ana", "", "sender", "a long phrase of hers")).goesTo(t, "/access?done=person-added")
	d := r.adminPage("/access?done=person-added")
	row := d.Find("#people-list tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("th bdi").Text() == "ana" })
	if got := strings.Join(strings.Fields(row.Find("td").Slice(0, 2).Text()), " "); got != "Sender4" || !strings.Contains(d.Find("#result-person").Text(), "Person added.") {
		t.Errorf("the row of ana: %q; the response %q", got, d.Find("#result-person").Text())
	}
	if d.Find("nav a[href='/access'][aria-current=page]").Length() != 1 || r.adminPage("/access/people/ana").Find("nav a[href='/access'][aria-current=true]").Length() != 1 {
		t.Error("the header does not say where one is")
	}

	secret, _, err := r.access.Login(t.Context(), "ana", "a long phrase of hers", "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	r.asAdmin("/access/people/ana/role", url.Values{"role": {"viewer"}}).goesTo(t, "/access/people/ana?done=role-changed")
	r.asAdmin("/access/people/ana/password", url.Values{"password": {"another long phrase"}, "again": {"another long phrase"}}).goesTo(t, "/access/people/ana?done=password-set")
	if a := r.do("GET", "/sse/stats", "", "Cookie", access.CookieName(false)+"="+secret); a.status != http.StatusUnauthorized {
		t.Errorf("the old session after a new password: %d", a.status)
	}
	if info, err := r.access.Person("ana"); err != nil || info.Role != access.Viewer {
		t.Errorf("%+v, %v", info, err)
	}
	if got := r.adminPage("/access/people/ana?done=password-set").Find("#result-set").Text(); !strings.Contains(got, "Their sessions have ended") {
		t.Errorf("the response %q", got)
	}
	r.asAdmin("/access/people/ana/remove", nil).goesTo(t, "/access?done=person-removed")
	if a := r.do("GET", "/access/people/ana", "", r.as["admin"]...); a.status != http.StatusNotFound {
		t.Errorf("the page of a person who was removed: %d", a.status)
	}
	for _, what := range []string{`action="person added as sender" on=ana`, `action="role changed to viewer" on=ana`, `action="password set" on=ana`, `action="person removed" on=ana`} {
		if !strings.Contains(r.log.String(), "msg=audit "+what+" who=admin from=127.0.0.1") {
			t.Errorf("no record %s", what)
		}
	}
	if strings.Contains(r.log.String(), "phrase") {
		t.Error("a password is in the log")
	}
}

// TestPeopleAreRefused: a sentence beside the field, what was typed is kept, and no
// password comes back.
func TestPeopleAreRefused(t *testing.T) {
	r := newClosedRig(t)
	differ := person("ana", "9", "viewer", "a long phrase of hers")
	differ.Set("again", "a long phrase of his")
	for name, c := range map[string]struct {
		fields          url.Values
		field, sentence string
	}{
		"name":     {person("Ana Ruiz", "9", "admin", "a long phrase of hers"), "person-name", "Use 1 to 32 characters: a-z, 0-9, _ and -, with a letter or a digit at both ends."},
		"no name":  {person("", "9", "admin", "a long phrase of hers"), "person-name", "This field is required."},
		"taken":    {person("viewer", "9", "admin", "a long phrase of hers"), "person-name", "There is already a person with this name. Choose another."},
		"user":     {person("ana", "2", "admin", "a long phrase of hers"), "person-user", "This number belongs to another person. Choose another."},
		"no user":  {person("ana", "0", "admin", "a long phrase of hers"), "person-user", "The value is too low. Enter a higher one."},
		"high":     {person("ana", "9007199254740992", "admin", "a long phrase of hers"), "person-user", "The value is too high. Enter a lower one."},
		"role":     {person("ana", "9", "king", "a long phrase of hers"), "person-role", "Choose one of the options."},
		"password": {person("ana", "9", "admin", "short"), "person-password", "Use at least 10 characters and at most 1024 bytes."},
		"again":    {differ, "person-again", "The two passwords differ. Type the same one twice."},
	} {
		a := r.asAdmin("/access/people", c.fields)
		d := a.refuses(t, c.field, c.sentence)
		if strings.Contains(a.body, "a long phrase") || strings.Contains(a.body, "short") || d.Find("#person-name").AttrOr("value", "") != c.fields.Get("name") ||
			d.Find("#person-user").AttrOr("value", "") != c.fields.Get("user") || d.Find("details.add[open]").Length() != 1 {
			t.Errorf("%s: the form comes back as %s", name, a.body)
		}
		if b := r.asAdmin("/access/people", c.fields, "HX-Request", "true"); b.status != http.StatusUnprocessableEntity || strings.Contains(b.body, "<html") ||
			!strings.Contains(b.body, `<hx-partial id="person-fields" hx-swap="innerMorph">`) || strings.Contains(b.body, "a long phrase") || !strings.Contains(b.body, "field-error") {
			t.Errorf("%s with htmx: %d %s", name, b.status, b.body)
		}
		b := r.do("POST", "/access/people", c.fields.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, r.as["admin"]...)...)
		if b.status != http.StatusUnprocessableEntity || !strings.Contains(b.body, `{"detail":[{"loc":["body","`) {
			t.Errorf("%s in JSON: %d %s", name, b.status, b.body)
		}
	}
	if n := len(r.access.People()); n != 3 {
		t.Errorf("there are %d people", n)
	}
	if b := r.asAdmin("/access/people", person("ana", "", "viewer", "a long phrase of hers"), "HX-Request", "true"); b.status != 200 ||
		!strings.Contains(b.body, `<hx-partial id="person-fields" hx-swap="innerHTML">`) || !strings.Contains(b.body, `<hx-partial id="people-list"`) || !strings.Contains(b.body, ">ana<") {
		t.Errorf("a person added with htmx: %d %s", b.status, b.body)
	}
}

// TestLastAdminStays: with the reason where the button is; and the own password is
// not set without the present one.
func TestLastAdminStays(t *testing.T) {
	r := newClosedRig(t)
	const reason = "This is the last person who manages access: give somebody else that role first."
	for path, slot := range map[string]string{"/access/people/admin/role": "#result-role", "/access/people/admin/remove": "#result-remove"} {
		a := r.asAdmin(path, url.Values{"role": {"viewer"}})
		if got := document(t, a.body).Find(slot + " [dir=auto]").Text(); a.status != http.StatusConflict || got != reason {
			t.Errorf("%s: %d %q", path, a.status, got)
		}
		if b := r.asAdmin(path, url.Values{"role": {"viewer"}}, "HX-Request", "true"); b.status != http.StatusConflict || strings.Contains(b.body, "<html") || !strings.Contains(b.body, reason) {
			t.Errorf("%s with htmx: %d %s", path, b.status, b.body)
		}
	}
	if a := r.asAdmin("/access/people/admin/password", url.Values{"password": {"another long phrase"}, "again": {"another long phrase"}}); a.status != http.StatusForbidden {
		t.Errorf("the own password without the present one: %d", a.status)
	}
	r.asAdmin("/access/people/viewer/role", url.Values{"role": {"admin"}}).goesTo(t, "/access/people/viewer?done=role-changed")
	r.asAdmin("/access/people/admin/remove", nil).goesTo(t, "/access?done=person-removed")
	if a := r.do("GET", "/access", "", append([]string{"Accept", "text/html"}, r.as["admin"]...)...); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
		t.Errorf("an administrator who has removed the own account: %d to %q", a.status, a.header.Get("Location"))
	}
}

// TestAccessIsFromItsOwnPagesOnly (A7): no other site's page manages access, not even
// one that may use the API as the person who is logged in.
func TestAccessIsFromItsOwnPagesOnly(t *testing.T) {
	const friend = "https://friend.test"
	r := newClosedRig(t, func(c *handlers.Config) { c.Origins = []string{friend} })
	for _, row := range authorizations {
		if !strings.HasPrefix(row.path, "/access") && row.path != "/account" {
			continue
		}
		for _, origin := range []string{friend, "https://evil.test", "null"} {
			h := append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", origin, "Sec-Fetch-Site", "same-site"}, r.as["admin"]...)
			if a := r.do(row.method, row.path, person("mallory", "", "admin", "a long phrase of his").Encode(), h...); a.status != http.StatusForbidden {
				t.Errorf("%s %s from %s: %d", row.method, row.path, origin, a.status)
			}
		}
	}
	if a := r.form("/access/people", person("ana", "", "viewer", "a long phrase of hers").Encode(), append([]string{"Origin", r.url, "Sec-Fetch-Site", "same-origin"}, r.as["admin"]...)...); a.status != http.StatusSeeOther {
		t.Errorf("the own page: %d", a.status)
	}
}

// TestRefusalsSayWhy: in a browser, a refused person, and what another site's page
// made it send, are two things; and a store that is away is a third.
func TestRefusalsSayWhy(t *testing.T) {
	r := newClosedRig(t)
	for what, c := range map[string]struct {
		a      response
		status int
		says   string
	}{
		"denied":  {r.do("GET", "/access", "", append([]string{"Accept", "text/html", "Accept-Language", "en"}, r.as["viewer"]...)...), http.StatusForbidden, "Your access does not allow this. Ask an administrator for it."},
		"foreign": {r.asAdmin("/access/people", nil, "Origin", "https://evil.test"), http.StatusForbidden, "The request came from another web site and was refused. Use the pages of this server."},
		"no such": {r.asAdmin("/access/people/zoe/role", url.Values{"role": {"admin"}}), http.StatusNotFound, "There is nothing here. Check the address."},
	} {
		if got := document(t, c.a.body).Find("h1").Text(); c.a.status != c.status || got != c.says {
			t.Errorf("%s: %d %q, want %d %q", what, c.a.status, got, c.status, c.says)
		}
	}
	if a := r.do("GET", "/access", "", r.as["viewer"]...); a.json(t)["detail"] != "Your access does not include managing people, keys and links: ask an administrator for it" {
		t.Errorf("a program of the viewer: %d %s", a.status, a.body)
	}
	r.records.FailWrites(errors.New("away"))
	h := append([]string{"Content-Type", "application/x-www-form-urlencoded"}, r.as["admin"]...)
	for path, fields := range map[string]url.Values{
		"/access/people":               person("ana", "", "viewer", "a long phrase of hers"),
		"/access/people/viewer/role":   {"role": {"admin"}},
		"/access/people/viewer/remove": {},
		"/access/keys":                 {"name": {"ci"}, "publish": {"own"}, "expires": {"90"}},
		"/access/links":                {"name": {"wall"}, "cards": {"logs"}, "expires": {"30"}},
	} {
		a := r.do("POST", path, fields.Encode(), h...)
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "Nothing was changed, because it could not be stored: try again") {
			t.Errorf("%s while the store is away: %d %s", path, a.status, a.body)
		}
	}
	for line := range strings.Lines(r.log.String()) {
		if strings.Contains(line, "msg=audit") && !strings.Contains(line, "action=refused") {
			t.Errorf("a change that was not made has a record: %s", line)
		}
	}
}

// TestOpenIsNotManaged: where access is open everybody may do everything but manage
// it, and an administrator who is logged in does.
func TestOpenIsNotManaged(t *testing.T) {
	open := newRig(t) // without records there is nothing to manage
	if a := open.do("GET", "/access", ""); a.status != http.StatusNotFound {
		t.Errorf("without records: %d", a.status)
	}
	r := newClosedRigWith(t, access.Options{Mode: access.Open})
	if a := r.do("GET", "/", "", "Accept", "text/html"); a.status != http.StatusOK || strings.Contains(a.body, `href="/access"`) {
		t.Errorf("the page of anyone: %d", a.status)
	}
	if a := r.do("GET", "/access", "", "Accept", "text/html"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login?next=%2Faccess" {
		t.Errorf("anyone: %d to %q", a.status, a.header.Get("Location"))
	}
	if a := r.form("/access/people", person("mallory", "", "admin", "a long phrase of his").Encode()); a.status != http.StatusUnauthorized || len(r.access.People()) != 3 {
		t.Errorf("anyone adds a person: %d", a.status)
	}
	if r.adminPage("/").Find("nav a[href='/access']").Length() != 1 {
		t.Error("an administrator sees no link to the page")
	}
}

// TestListsAreBounded: a hundred of a kind are shown, the others are found by name.
func TestListsAreBounded(t *testing.T) {
	r := newClosedRig(t)
	for range 100 {
		if _, _, err := r.access.AddKey(t.Context(), access.APIKey{Name: "one of many"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := r.access.AddKey(t.Context(), access.APIKey{Name: "The Last"}); err != nil {
		t.Fatal(err)
	}
	d := r.adminPage("/access")
	if n := d.Find("#keys-list .grants > li").Length(); n != 100 || d.Find("#keys-list .shown").Text() != "100 of 104 are shown: find the others by name." {
		t.Errorf("%d keys, %q", n, d.Find("#keys-list .shown").Text())
	}
	d = r.adminPage("/access?q=the+last")
	if n := d.Find("#keys-list .grants > li").Length(); n != 1 || d.Find("#keys-list input[name=q]").AttrOr("value", "") != "the last" || d.Find("#keys-list .shown").Length() != 0 ||
		strings.TrimSpace(d.Find("#links-list .empty").Text()) != "There is nothing with that name." {
		t.Errorf("found: %d; of links %q", n, d.Find("#links-list .empty").Text())
	}
	if d := r.adminPage("/access?q=" + strings.Repeat("%C3%B1", 200)); d.Find("#search-q").AttrOr("value", "") != strings.Repeat("ñ", 32) {
		t.Errorf("a long search is %q", d.Find("#search-q").AttrOr("value", ""))
	}
}
