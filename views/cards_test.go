package views_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"latido/streams/card"
	"latido/views"
)

// TestEveryCardTypeIsDrawn compares the two registries of types.
func TestEveryCardTypeIsDrawn(t *testing.T) {
	var types []string
	for _, one := range card.All() {
		types = append(types, one.Name)
	}
	drawn := views.CardTypes()
	slices.Sort(types)
	slices.Sort(drawn)
	if !slices.Equal(types, drawn) {
		t.Errorf("the types %v are drawn as %v", types, drawn)
	}
}

// TestPagesInsertWhatWasDrawn: a page draws nothing of a card again but what stands
// around its parts.
func TestPagesInsertWhatWasDrawn(t *testing.T) {
	const l = views.English
	page := withCards(samplePage(l, "/"), sampleViews(), slices.Concat(dashboardCards, []string{"hub", "machine"})...)
	for _, d := range page.Drawings {
		for id := range d.Parts {
			d.Parts[id] = "<!--" + id + "-->"
		}
	}
	public := page
	public.Public = true
	made := map[string]templ.Component{
		"dashboard": views.DashboardPage(page), "inbox": views.InboxPage(page), "monitoring": views.MonitoringPage(page),
		"share": views.SharePage(public, views.Share{}),
	}
	shown := map[string]bool{}
	for name, c := range made {
		parse(t, render(t, c)).Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			for _, d := range page.Drawings {
				if want, ok := d.Parts[id]; ok {
					shown[id] = true
					if html, err := s.Html(); err != nil || strings.TrimSpace(html) != want {
						t.Errorf("%s: #%s holds %q (%v)", name, id, html, err)
					}
				}
			}
		})
	}
	for card, d := range page.Drawings {
		for id := range d.Parts {
			if !shown[id] {
				t.Errorf("%s: #%s is on no page", card, id)
			}
		}
	}
}
