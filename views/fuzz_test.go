package views_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"latido/streams/card"
	"latido/views"
)

// allowed is what fragments and pages are made of when nobody means harm:
// "TAG" and "TAG ATTRIBUTE", and the values of the attributes htmx obeys.
type allowed struct {
	shapes map[string]bool
	orders map[string]bool
}

func learn(t testing.TB, l views.Lang) allowed {
	a := allowed{map[string]bool{}, map[string]bool{}}
	benign := slices.Collect(maps.Values(components(l)))
	benign = slices.AppendSeq(benign, maps.Values(hostileComponents(l, "plain words")))
	for _, c := range benign {
		each(parse(t, render(t, c)), func(n *html.Node) {
			a.shapes[n.Data] = true
			for _, at := range n.Attr {
				a.shapes[n.Data+" "+at.Key] = true
				if strings.HasPrefix(at.Key, "hx-") {
					a.orders[at.Key+"="+at.Val] = true
				}
			}
		})
	}
	return a
}

var (
	idShape     = regexp.MustCompile(`^[a-z0-9-]+$`)
	actionShape = regexp.MustCompile(`^/(tasks/[^/?#\s\\]+/cancel|access/people/[^/?#\s\\]+/(role|password|remove)|access/(keys|links)/[^/?#\s\\]+/revoke)$`)
)

// check holds everything text from outside must not do to a document.
func (a allowed) check(t *testing.T, name, s string) {
	t.Helper()
	if strings.ContainsAny(s, "\r\x00") {
		t.Errorf("%s: CR or NUL in the output", name)
	}
	each(parse(t, s), func(n *html.Node) {
		if !a.shapes[n.Data] {
			t.Errorf("%s: a new tag <%s>", name, n.Data)
		}
		for _, at := range n.Attr {
			if !a.shapes[n.Data+" "+at.Key] {
				t.Errorf("%s: a new attribute %s on <%s>", name, at.Key, n.Data)
			}
			if reason := a.bad(n, at); reason != "" {
				t.Errorf("%s: <%s %s=%q>: %s", name, n.Data, at.Key, at.Val, reason)
			}
		}
	})
}

// bad says what is wrong with an attribute, "" when nothing is.
func (a allowed) bad(n *html.Node, at html.Attribute) string {
	field := n.Data == "input" || n.Data == "select" || n.Data == "textarea"
	switch {
	case strings.HasPrefix(at.Key, "on"), at.Key == "style", at.Key == "srcdoc":
		return "script or style"
	case at.Key == "id" && !field && !idShape.MatchString(at.Val):
		return "an id that is no selector"
	case at.Key == "href" || at.Key == "src" || at.Key == "action" || at.Key == "formaction":
		return badURL(at.Val)
	case at.Key == "hx-post" || at.Key == "hx-get":
		if !a.orders[at.Key+"="+at.Val] && !actionShape.MatchString(at.Val) {
			return "a request nobody meant"
		}
	case at.Key == "hx-sse:connect":
		// The handlers write this URL; it only must stay one attribute.
	case strings.HasPrefix(at.Key, "hx-") && !a.orders[at.Key+"="+at.Val]:
		return "an order nobody gave"
	}
	return ""
}

func badURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme == "http" || u.Scheme == "https":
		return ""
	case u.Scheme != "" || u.Host != "":
		return "neither http, https nor a path"
	case strings.HasPrefix(s, "#"):
		return ""
	case !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\t\n\r"):
		return "not a path on this server"
	}
	return ""
}

// sameParts: text must not open or close a part of a fragment.
func sameParts(t *testing.T, name, got, benign string) {
	t.Helper()
	count := func(s string) int { return parse(t, s).Find("template[hx]").Length() }
	if g, w := count(got), count(benign); g != w {
		t.Errorf("%s: %d partials, %d without the text", name, g, w)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	for _, l := range []views.Lang{views.Spanish, views.English} {
		a, benign := learn(t, l), hostileComponents(l, "plain words")
		for name, c := range hostileComponents(l, hostileText) {
			s := render(t, c)
			a.check(t, name, s)
			sameParts(t, name, s, render(t, benign[name]))
		}
	}
}

// hostileStrings are the strings inside user models only, for a fuzzer that
// also wants to reach valid levels, states and URLs.
func hostileFragments(l views.Lang, text, kind, link string) map[string]templ.Component {
	n := card.Notification{ID: id(1), Level: kind, Title: text, Message: text, ActionURL: link, At: at, Simulated: true}
	task := card.Task{ID: text, Type: text, State: kind, Status: text, Message: text, Progress: 50, DownloadURL: link, Cancelable: true, At: at}
	e := card.LogEntry{ID: id(2), Level: kind, Service: text, Message: text, RequestID: text, At: at}
	p := card.Price{Symbol: text, Price: 1, Change: -1, At: at}
	failing := card.Source{At: at, State: kind, Error: text}
	r := views.Result{Form: views.FormNotify, Title: text, ID: text, Errors: []views.FieldError{{Field: text, Message: text}, {Field: kind, Message: link}}}
	all := hostileViews(sampleViews(), text)
	all["trading"] = card.TradingView{At: at, Prices: []card.Price{p}, Source: failing}
	all["logs"] = card.LogsView{Entries: []card.LogEntry{e}, Source: failing}
	all["notifications"] = card.NotificationsView{List: []card.Notification{n}, Source: failing}
	all["tasks"] = card.TasksView{Tasks: []card.Task{task}, Source: failing}
	page := samplePage(l, link)
	page.BaseURL, page.Cards, page.Theme = text, text, kind
	page.LiveURL = "/live?x=" + url.QueryEscape(text)
	made := map[string]templ.Component{
		"result": views.ResultFragment(l, r), "cleared": views.ClearedFragment(l, text), "connection": views.ConnectionFragment(page),
		"dashboard": views.DashboardPage(withCards(page, all, dashboardCards...)), "result page": views.ResultPage(page, r),
		"error page": views.ErrorPage(page, 500, text, text),
	}
	maps.Copy(made, liveCards(l, all, false))
	return made
}

// FuzzFragments: whatever users write, it comes out as text. It never makes a
// tag, an attribute, a handler, an order to htmx or a URL that leaves http(s)
// and this server.
func FuzzFragments(f *testing.F) {
	f.Add(hostileText[:300], "error", "javascript:alert(1)")
	f.Add("\"onload=x hx-post='/x' <hx-partial id=status>", "retrying", "/\\evil.example")
	f.Add("</template></script></title><svg onload=x>", "completed", "//evil.example")
	f.Add("..", "running", "https://user:pass@example.org/?a=<b>&c=\"d\"")
	f.Add("\u2028\ufeff\u202e\x85\xa0\xff", "\x00", "/a b?c#d")
	f.Add("</head><title>x</title>", "INFO", "http://[::1]:80/%zz")
	a := learn(f, views.Spanish)
	f.Fuzz(func(t *testing.T, text, kind, link string) {
		if len(text)+len(kind)+len(link) > 1<<16 {
			return // longer than the body limit lets through
		}
		got, benign := hostileFragments(views.Spanish, text, kind, link), hostileFragments(views.Spanish, "x", kind, link)
		for _, name := range slices.Sorted(maps.Keys(got)) {
			s := render(t, got[name])
			a.check(t, name, s)
			if name != "cleared" {
				sameParts(t, name, s, render(t, benign[name]))
			}
		}
	})
}
