package views_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"latido/assets"
	"latido/views"
)

// shared is every component of share links, with a model that reaches its branches.
func shared(l views.Lang, page views.Page, all map[string]any) map[string]templ.Component {
	page.Public, page.ReadOnly = true, true
	share := views.Share{Name: "Wall", URL: "/share/s3cr3t?lang=es"}
	made := map[string]templ.Component{
		"share-page":       views.SharePage(withCards(page, all, sharedCards...), share),
		"share-page-empty": views.SharePage(withCards(page, emptyViews(), sharedCards[:5]...), share),
		"share-error":      views.ShareErrorPage(l, 404, "Not here", "Not Found"),
	}
	for name, c := range liveCards(l, all, true) {
		if name != "live-send" && name != "live-streams" && name != "live-connection" {
			made["share-"+name] = c
		}
	}
	return made
}

// TestShareLeadsNowhere: nothing of a share link can be pressed, and its text is text.
func TestShareLeadsNowhere(t *testing.T) {
	for _, l := range []views.Lang{views.Spanish, views.English} {
		for name, c := range shared(l, samplePage(l, ""), sampleViews()) {
			golden(t, name+"."+string(l), c)
		}
	}
	l := views.Spanish
	for name, c := range shared(l, hostile(samplePage(l, ""), hostileText), hostileViews(sampleViews(), hostileText)) {
		golden(t, "hostile-"+name, c)
	}
	for name, c := range shared(l, samplePage(l, ""), sampleViews()) {
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
