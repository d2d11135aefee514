package views_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latido/streams/card"
	"latido/views"
)

func TestFiguresOfTraffic(t *testing.T) {
	const es, en = views.Spanish, views.English
	rates := func(delivered, writes float64) card.Traffic {
		return card.Traffic{
			Rated: true, Delivered: card.Counter{Total: 9, PerSecond: delivered}, Writes: card.Counter{Total: 9, PerSecond: writes},
		}
	}
	for _, c := range []struct{ what, got, want string }{
		{"count", views.Count(es, 0), "0"},
		{"count written out", views.Count(es, 98123456), "98.123.456"},
		{"count in millions es", views.Count(es, 8640012345), "8.640,0\u00a0M"},
		{"count in millions en", views.Count(en, 123456789), "123.5\u00a0M"},
		{"lag none", views.Lag(es, 0), "–"},
		{"lag µs", views.Lag(es, 430*time.Microsecond), "430\u00a0µs"},
		{"lag ms", views.Lag(es, 3456*time.Microsecond), "3,5\u00a0ms"},
		{"lag many ms", views.Lag(en, 208*time.Millisecond), "208\u00a0ms"},
		{"lag s", views.Lag(en, 1234*time.Millisecond), "1.2\u00a0s"},
		{"per write", views.PerWrite(en, rates(15000, 300)), "50.00"},
		{"per write of heartbeats alone", views.PerWrite(es, rates(0, 0.4)), "0,00"},
		{"per write of nothing", views.PerWrite(es, rates(0, 0)), "–"},
		{"per write before it is known", views.PerWrite(es, card.Traffic{Writes: card.Counter{Total: 9}}), "–"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}

// Every figure has a name to look up; and the explanations do not
// travel with every heartbeat.
func TestFiguresAreExplained(t *testing.T) {
	for _, l := range []views.Lang{views.Spanish, views.English} {
		page := withCards(samplePage(l, "/monitoring"), sampleViews(), "hub", "machine")
		doc := parse(t, render(t, views.MonitoringPage(page)))
		for _, shown := range []string{"#card-traffic", "#card-open"} {
			figures := texts(doc, shown+" .facts dt, "+shown+" table:has(th:nth-child(3)) tbody th")
			explained := texts(doc, shown+" .help dt")
			for _, name := range figures {
				if !slices.Contains(explained, name) {
					t.Errorf("%s, %s: %q is explained nowhere", shown, l, name)
				}
			}
			if len(figures) < 5 || len(explained) < len(figures) {
				t.Errorf("%s, %s: %d figures, %d explained", shown, l, len(figures), len(explained))
			}
		}
		if drawn := render(t, views.Whole(l, "hub", sampleHub(), false)); strings.Contains(drawn, "<details") {
			t.Errorf("%s: the explanations travel with the heartbeat", l)
		}
	}
}

func texts(d *goquery.Document, selector string) []string {
	return d.Find(selector).Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
}
