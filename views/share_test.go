package views_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"latido/assets"
	"latido/views"
)

// shared is every component of share links, with a model that reaches its branches.
func shared(l views.Lang, page views.Page, d views.Dashboard) map[string]templ.Component {
	page.Beat.Dashboard = false
	machine := sampleNodes()
	page.Beat.Machine, page.Beat.Hub = machine.Machine, machine.Hub
	return map[string]templ.Component{
		"share-page":         views.SharePage(page, views.Share{Name: "Wall", URL: "/share/s3cr3t?lang=es", Cards: allCards, Dashboard: d}),
		"share-page-empty":   views.SharePage(page, views.Share{Name: "Wall", URL: "/share/s3cr3t?lang=es", Cards: allCards[:5]}),
		"share-error":        views.ShareErrorPage(l, 404, "Not here", "Not Found"),
		"share-notification": views.ShareNotification(l, d.Notifications[0]),
		"share-snapshot":     views.ShareSnapshot(l, allCards, d, page.Beat),
	}
}

// TestShareLeadsNowhere: nothing of a share link can be pressed, and its text is text.
func TestShareLeadsNowhere(t *testing.T) {
	for _, l := range []views.Lang{views.Spanish, views.English} {
		for name, c := range shared(l, samplePage(l, ""), sampleDashboard()) {
			golden(t, name+"."+string(l), c)
		}
	}
	l := views.Spanish
	for name, c := range shared(l, hostile(samplePage(l, ""), hostileText), hostile(sampleDashboard(), hostileText)) {
		golden(t, "hostile-"+name, c)
	}
	for name, c := range shared(l, samplePage(l, ""), sampleDashboard()) {
		d := parse(t, render(t, c))
		if n := d.Find("a, form, button, input, select, textarea, summary").Length(); n != 0 {
			t.Errorf("%s: %d things to press", name, n)
		}
		if !strings.Contains(name, "page") {
			continue
		}
		for selector, want := range map[string]int{
			"header.top": 1, "main#main": 1, "h1": 1, "title": 1, "#conn": 1, "[role=status]#status": 1, "nav": 0, "[style]": 0,
			"noscript meta[http-equiv=refresh]": 1, `script[src="` + assets.Path(assets.HTMX) + `"]`: 1,
		} {
			if got := d.Find(selector).Length(); got != want {
				t.Errorf("%s: %d %s, want %d", name, got, selector, want)
			}
		}
	}
}
