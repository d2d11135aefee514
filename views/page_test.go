package views_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"latido/assets"
	"latido/streams/card"
	"latido/views"
)

// pages are the exported pages, parsed, in both languages.
func pages(t *testing.T) map[string]*goquery.Document {
	t.Helper()
	out := map[string]*goquery.Document{}
	for _, l := range []views.Lang{views.Spanish, views.English} {
		for name, c := range components(l) {
			if strings.HasPrefix(name, "page-") {
				out[name+"."+string(l)] = parse(t, render(t, c))
			}
		}
		out["page-help."+string(l)] = parse(t, render(t, views.HelpPage(views.Page{Lang: l, Path: views.HelpPath})))
	}
	return out
}

// The policy of the pages blocks inline script and style; what it blocks would
// fail in the browser only, and in silence.
func TestPagesLiveUnderThePolicy(t *testing.T) {
	for name, d := range pages(t) {
		each(d, func(n *html.Node) {
			if n.Data == "style" || n.Data == "iframe" || n.Data == "object" || n.Data == "base" {
				t.Errorf("%s: <%s>", name, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
					t.Errorf("%s: %s=%q on <%s>", name, a.Key, a.Val, n.Data)
				}
				if strings.HasPrefix(a.Key, "hx-trigger") && strings.Contains(a.Val, "[") {
					t.Errorf("%s: the trigger filter %q needs eval", name, a.Val)
				}
			}
		})
		var scripts []string
		d.Find("script").Each(func(_ int, s *goquery.Selection) {
			scripts = append(scripts, s.AttrOr("src", "inline"))
			if text := strings.TrimSpace(s.Text()); text != "" {
				t.Errorf("%s: inline script %q", name, text)
			}
			for _, late := range []string{"defer", "async"} {
				if _, ok := s.Attr(late); ok {
					t.Errorf("%s: a script with %s: htmx may then start before its extension is there", name, late)
				}
			}
		})
		if want := []string{assets.Path(assets.HTMX), assets.Path(assets.HTMXSSE)}; !slices.Equal(scripts, want) {
			t.Errorf("%s: scripts %q, want %q", name, scripts, want)
		}
	}
}

func TestPagesHaveWhatReadersNeed(t *testing.T) {
	for name, d := range pages(t) {
		if l := d.Find("html").AttrOr("lang", ""); !strings.HasSuffix(name, "."+l) {
			t.Errorf("%s: lang=%q", name, l)
		}
		login := strings.Contains(name, "login")
		if links := d.Find("nav.nav a"); login && (links.Length() != 1 || links.AttrOr("href", "") != views.HelpPath) {
			t.Errorf("%s: %d links, of which all but the help would lead back here", name, links.Length())
		}
		for selector, want := range map[string]int{
			"header.top": 1, "main#main": 1, "footer": 1, "nav[aria-label]": 1, "h1": 1, "title": 1, "[role=status]#status": 1,
		} {
			if got := d.Find(selector).Length(); got != want {
				t.Errorf("%s: %d %s, want %d", name, got, selector, want)
			}
		}
		if first := d.Find("body a").First().AttrOr("href", ""); first != "#main" {
			t.Errorf("%s: the first link goes to %q, not past the header", name, first)
		}
		if got := d.Find("header [aria-current]").Length(); (got == 1) != (!strings.Contains(name, "error") && !login) {
			t.Errorf("%s: %d current pages", name, got)
		}
		refresh := d.Find("noscript meta[http-equiv=refresh]").Length()
		if streams := d.Find("#conn").Length(); refresh != streams {
			t.Errorf("%s: %d refreshes without scripts for %d streams", name, refresh, streams)
		}
	}
}

func TestIdsAreUniqueAndReferencesLead(t *testing.T) {
	simple := regexp.MustCompile(`^[a-z0-9-]+$`)
	for name, d := range pages(t) {
		ids := map[string]int{}
		each(d, func(n *html.Node) {
			if id := attr(n, "id"); id != "" {
				ids[id]++
				// A field's id carries its name, and names have an underscore.
				if field := n.Data == "input" || n.Data == "select"; !simple.MatchString(id) && !field {
					t.Errorf("%s: id %q", name, id)
				}
			}
		})
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: %d elements with id %q", name, n, id)
			}
		}
		each(d, func(n *html.Node) {
			for _, key := range []string{"for", "aria-labelledby", "aria-describedby"} {
				if id := attr(n, key); id != "" && ids[id] == 0 {
					t.Errorf("%s: %s=%q leads nowhere", name, key, id)
				}
			}
			if target, ok := strings.CutPrefix(attr(n, "hx-target"), "#"); ok && n.Data == "form" && ids[target] == 0 {
				t.Errorf("%s: a form's response goes to #%s, which is not there", name, target)
			}
			if frag, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && ids[frag] == 0 {
				t.Errorf("%s: a link to #%s leads nowhere", name, frag)
			}
		})
	}
}

// Without scripts every button still does its work.
func TestFormsWorkWithoutScripts(t *testing.T) {
	for name, d := range pages(t) {
		d.Find("button").Each(func(_ int, s *goquery.Selection) {
			form := s.Closest("form")
			action, method := form.AttrOr("action", ""), form.AttrOr("method", "")
			if !strings.HasPrefix(action, "/") || (method != "post" && method != "get") || s.AttrOr("type", "") != "submit" {
				t.Errorf("%s: button %q in a form with action %q, method %q", name, s.Text(), action, method)
			}
			for _, verb := range []string{"hx-post", "hx-get"} {
				if to, ok := form.Attr(verb); ok && (to != action || verb != "hx-"+method) {
					t.Errorf("%s: %s=%q is not %s %s", name, verb, to, method, action)
				}
			}
			if strings.TrimSpace(s.Text())+s.AttrOr("aria-label", "") == "" {
				t.Errorf("%s: a button without a name in %s", name, action)
			}
		})
		d.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
			labelled := s.Closest("label").Length() > 0 || d.Find(`label[for="`+s.AttrOr("id", "?")+`"]`).Length() > 0
			if !labelled || s.AttrOr("name", "") == "" {
				t.Errorf("%s: field %q without label or name", name, s.AttrOr("id", ""))
			}
		})
	}
}

// formFields is what each form sends, for the handlers on the other side.
var formFields = map[string][]string{
	"POST /ui/prefs":                {"lang", "log_debug", "log_error", "log_info", "log_levels", "log_warning", "return", "theme", "user"},
	"POST /ui/broadcast":            {"channel", "message", "return"},
	"POST /ui/notify":               {"action_url", "level", "message", "return", "title", "user_id"},
	"POST /ui/notify-test":          {"return", "user_id"},
	"POST /ui/clear":                {"list", "return"},
	"POST /ui/connection":           {"action", "cards", "page"},
	"GET /ui/stats":                 {},
	"POST /tasks/export":            {"channel", "return"},
	"POST /tasks/exp_1/cancel":      {},
	"POST /tasks/" + "a%2Fb/cancel": {},
}

func TestFormsSendTheirFields(t *testing.T) {
	d := pages(t)["page-dashboard.es"]
	got := map[string][]string{}
	d.Find("form").Each(func(_ int, s *goquery.Selection) {
		key := strings.ToUpper(s.AttrOr("method", "")) + " " + s.AttrOr("action", "")
		fields := got[key]
		s.Find("[name]").Each(func(_ int, f *goquery.Selection) { fields = append(fields, f.AttrOr("name", "")) })
		slices.Sort(fields)
		got[key] = slices.Compact(fields)
	})
	if !maps.EqualFunc(got, formFields, slices.Equal) {
		t.Errorf("forms and fields:\n%v\nwant\n%v", got, formFields)
	}
}

// A response links to the fields it complains about; the links must lead there.
func TestResultsLinkToFields(t *testing.T) {
	d := pages(t)["page-dashboard.en"]
	for form, fields := range map[string][]string{
		views.FormBroadcast: {"channel", "message"},
		views.FormNotify:    {"user_id", "title", "message", "level", "action_url"},
		views.FormExport:    {"channel"},
		views.FormUser:      {"user"},
	} {
		for _, field := range fields {
			r := views.Result{Form: form, Errors: []views.FieldError{{Field: field, Message: "no"}}}
			response := parse(t, render(t, views.ResultFragment(views.English, r)))
			href := response.Find("li a").AttrOr("href", "#nothing")
			if d.Find(href).Length() != 1 {
				t.Errorf("%s: field %s is linked as %q, which is not on the page", form, field, href)
			}
		}
	}
}

func TestConfigOfHtmx(t *testing.T) {
	content := pages(t)["page-dashboard.es"].Find(`meta[name="htmx-config"]`).AttrOr("content", "")
	var config struct {
		History             *bool
		IncludeIndicatorCSS *bool
		MorphIgnore         []string
		NoSwap              []any
		SSE                 struct {
			PauseOnBackground *bool
			ReconnectMaxDelay int
			ConnectTimeout    int
		}
	}
	if err := json.Unmarshal([]byte(content), &config); err != nil {
		t.Fatalf("%v in %s", err, content)
	}
	off := func(b *bool) bool { return b != nil && !*b }
	if !off(config.History) || !off(config.IncludeIndicatorCSS) || !off(config.SSE.PauseOnBackground) {
		t.Errorf("history, indicator style and pausing must be off: %s", content)
	}
	if config.SSE.ReconnectMaxDelay != 5000 || config.SSE.ConnectTimeout != 10000 {
		t.Errorf("sse: %+v", config.SSE)
	}
	if !slices.Equal(config.MorphIgnore, []string{"data-htmx-powered", "open"}) {
		t.Errorf("morphIgnore: %q", config.MorphIgnore)
	}
	if config.NoSwap != nil {
		t.Errorf("noSwap %v would hide the responses to forms", config.NoSwap)
	}
}

func TestConn(t *testing.T) {
	on := parse(t, render(t, views.Conn("/live?a=1&b=2"))).Find("#conn")
	for key, want := range map[string]string{
		"hx-sse:connect": "/live?a=1&b=2", "hx-sse:close": "bye", "hx-trigger": "load, every 15s",
		"hx-sync": "this:drop", "hx-swap": "innerHTML", "hx-status:4xx": "swap:none", "hx-status:5xx": "swap:none",
	} {
		if got := on.AttrOr(key, ""); got != want {
			t.Errorf("%s=%q, want %q", key, got, want)
		}
	}
	off := parse(t, render(t, views.Conn(""))).Find("#conn")
	if off.Length() != 1 {
		t.Fatal("no #conn to connect again")
	}
	for _, a := range off.Nodes[0].Attr {
		if strings.HasPrefix(a.Key, "hx-") {
			t.Errorf("disconnected, with %s=%q", a.Key, a.Val)
		}
	}
}

func TestLinksOutside(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.org/a?b=c": "https://example.org/a?b=c",
		"http://example.org":        "http://example.org",
		"HTTPS://example.org/":      "https://example.org/",
		"/tasks/1/file":             "/tasks/1/file",
		"/a?b=c#d":                  "/a?b=c#d",
		"":                          "",
		"//evil.example":            "",
		"/\\evil.example":           "",
		"/\t/evil.example":          "",
		"\\\\evil.example":          "",
		"/\n/evil.example":          "",
		" https://example.org":      "",
		"javascript:alert(1)":       "",
		"JaVaScRiPt:alert(1)":       "",
		"java\tscript:alert(1)":     "",
		"\x01javascript:alert(1)":   "",
		"data:text/html,x":          "",
		"vbscript:x":                "",
		"https:example.org":         "",
		"https://":                  "",
		"relative/path":             "",
		"?query":                    "",
		"http://[::1":               "",
	} {
		n := card.Notification{ID: id(1), Level: "info", Title: "t", Message: "m", ActionURL: in, At: at}
		got := parse(t, render(t, views.ChangeOf(views.English, "notifications", card.NotificationsChange{List: []card.Notification{n}}, false))).Find("a").AttrOr("href", "")
		if got != want {
			t.Errorf("action_url %q became %q, want %q", in, got, want)
		}
		if u, err := url.Parse(got); err != nil || (u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https") {
			t.Errorf("%q: %v", got, err)
		}
		task := card.Task{ID: "t", State: "completed", DownloadURL: in, At: at}
		download := parse(t, render(t, views.Whole(views.English, "tasks", card.TasksView{Tasks: []card.Task{task}}, false))).Find("a").AttrOr("href", "")
		if local := strings.HasPrefix(want, "/"); (local && download != want) || (!local && download != "") {
			t.Errorf("download %q became %q", in, download)
		}
	}
}
