package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"latido/handlers"
	"latido/handlers/access"
	"latido/handlers/web"
)

const base = "/latido"

// atRoot is the address of a path that knows nothing of base, as an attribute or in
// a line for curl.
var atRoot = regexp.MustCompile(`="/(?:[^l"]|l[^a"]|la[^t"])[^"]*"|="/"|http://[^/\s]+/(?:sse|share)/`)

// TestEveryAddressIsBelowTheBase: whatever a route responds with, as a page, as a
// fragment, on a stream, as a redirect or as a cookie, leads below URLs.Base.
func TestEveryAddressIsBelowTheBase(t *testing.T) {
	r := newClosedRig(t, func(c *handlers.Config) { c.URLs = web.URLs{Base: base} })
	secret, _, err := r.access.AddLink(t.Context(), allShared)
	if err != nil {
		t.Fatal(err)
	}
	r.sendsAs("/sse/broadcast/tasks?event=task_completed", `{"task_id":"done","result":{"url":"/exports/x.ndjson"}}`)
	r.sendsAs("/sse/task-update", `{"task_id":"task_1","progress":1,"status":"running","message":"m"}`)
	r.settle()
	pages, redirects, cookies := 0, 0, 0
	for _, row := range authorizations {
		if strings.HasPrefix(row.path, "/share/") {
			row.path = strings.Replace(row.path, "nothing", secret, 1)
		}
		if row.method == http.MethodGet && streamPath.MatchString(row.path) {
			continue
		}
		path, _, _ := strings.Cut(row.path, "?")
		for name, kind := range map[string][]string{"page": nil, "fragment": {"HX-Request", "true"}, "nobody's": {"Cookie", ""}} {
			headers := append([]string{"Content-Type", "application/json", "Accept", "text/html"}, kind...)
			if name != "nobody's" {
				headers = append(headers, r.as["admin"]...)
			}
			a := r.do(row.method, row.path, bodyOf[path], headers...)
			where := row.method + " " + row.path + " as a " + name
			if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
				pages++
				checkAddresses(t, where, a.body)
			}
			for _, h := range []string{"Location", "HX-Redirect"} {
				if to := a.header.Get(h); to != "" {
					redirects++
					if !strings.HasPrefix(to, base+"/") {
						t.Errorf("%s: %s: %s", where, h, to)
					}
					if next, given := strings.CutPrefix(to, base+"/login?next="); given && !strings.HasPrefix(next, "%2Flatido%2F") {
						t.Errorf("%s: after the login it goes to %s", where, next)
					}
				}
			}
			for _, c := range a.header.Values("Set-Cookie") {
				cookies++
				if !strings.Contains(c, "; Path="+base+";") {
					t.Errorf("%s: cookie %s", where, c)
				}
			}
			if row.path == "/logout" && name != "nobody's" {
				r.logIn()
			}
		}
	}
	r.asAdmin("/access/people", person("ana", "", "viewer", "a long phrase of hers")).goesTo(t, base+"/access?done=person-added")
	_, key, err := r.access.AddKey(t.Context(), access.APIKey{Name: "old", Grant: access.Grant{Publish: access.Patterns{"own"}}})
	if err != nil {
		t.Fatal(err)
	}
	r.asAdmin("/access/keys/"+key.ID+"/revoke", url.Values{"q": {"old"}}).goesTo(t, base+"/access?done=key-revoked&q=old")
	if pages < 40 || redirects < 20 || cookies < 4 {
		t.Errorf("only %d pages, %d redirects and %d cookies", pages, redirects, cookies)
	}
}

// streamPath is of streams that do not end.
var streamPath = regexp.MustCompile(`^/live|^/sse/(events|metrics|trading|logs|notifications)|/live$`)

// TestStreamsOfPagesLeadBelowTheBase is the same for what a page's stream brings.
func TestStreamsOfPagesLeadBelowTheBase(t *testing.T) {
	r := newClosedRig(t, func(c *handlers.Config) { c.URLs = web.URLs{Base: base} })
	admin := r.as["admin"]
	fill := func() {
		r.sendsAs("/sse/broadcast/tasks?event=task_completed", `{"task_id":"done","result":{"url":"/exports/x.ndjson"}}`)
		r.sendsAs("/sse/task-update", `{"task_id":"task_1","progress":1,"status":"running","message":"m"}`)
	}
	fill()
	r.settle()
	snapshot := r.open("/live", append([]string{"Last-Event-ID", "zzzzzzzz-1"}, admin...)...).next()
	checkAddresses(t, "the snapshot", snapshot.Data)
	live := r.open("/live", admin...)
	live.next()
	fill()
	for range 2 {
		e, _ := live.until("task-list")
		checkAddresses(t, "an event", e.Data)
		if !strings.Contains(e.Data, base+"/exports/x.ndjson") {
			t.Errorf("no link to the export: %s", e.Data)
		}
	}
}

// checkAddresses fails for each address in a page that is not below base.
func checkAddresses(t *testing.T, where, html string) {
	t.Helper()
	doc := parseHTML(t, html)
	for _, attr := range []string{"href", "action", "src", "hx-get", "hx-post", "hx-sse:connect"} {
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			if to, has := s.Attr(attr); has && !strings.HasPrefix(to, base+"/") && !strings.HasPrefix(to, "#") {
				t.Errorf("%s: <%s %s=%q>", where, goquery.NodeName(s), attr, to)
			}
		})
	}
	doc.Find("input[name=page]").Remove() // the page's path, which is no address
	rest, err := doc.Html()
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range atRoot.FindAllString(rest, -1) {
		t.Errorf("%s: %s", where, found)
	}
}

// logIn gives the administrator a new session.
func (r *closedRig) logIn() {
	r.t.Helper()
	secret, _, err := r.access.Login(r.t.Context(), "admin", rigPassword, "192.0.2.1")
	if err != nil {
		r.t.Fatal(err)
	}
	r.as["admin"] = []string{"Cookie", access.CookieName(false) + "=" + secret}
}
