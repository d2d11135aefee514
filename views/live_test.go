package views_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"latido/streams/card"
	"latido/views"
)

// partials are the parts of a fragment, as htmx sees them.
func partials(t *testing.T, c templ.Component) []*html.Node {
	t.Helper()
	return parse(t, render(t, c)).Find("template[hx]").Nodes
}

// fragments is every component that travels in an event or in the response to a form.
func fragments(l views.Lang) map[string]templ.Component {
	all := components(l)
	maps.DeleteFunc(all, func(name string, _ templ.Component) bool {
		return strings.HasPrefix(name, "page-") || strings.HasPrefix(name, "conn")
	})
	return all
}

// A text node between an element and the partial's end is inserted by every
// afterbegin and outerMorph, and never removed. A wall screen that is on for a week
// would hold millions.
func TestPartialsHoldNoLooseText(t *testing.T) {
	for name, c := range fragments(views.Spanish) {
		for _, p := range partials(t, c) {
			if swap := attr(p, "hx-swap"); swap != "afterbegin" && swap != "outerMorph" {
				continue
			}
			for n := p.FirstChild; n != nil; n = n.NextSibling {
				if n.Type != html.ElementNode {
					t.Errorf("%s: %q beside the row", name, n.Data)
				}
			}
		}
	}
}

// Partials go to an element of some page, and each has a swap style: an id
// misspelt on one side would be ignored in silence.
func TestPartialsHaveTargets(t *testing.T) {
	ids := map[string]bool{}
	var docs []*goquery.Document
	for _, d := range pages(t) {
		docs = append(docs, d)
		each(d, func(n *html.Node) { ids[attr(n, "id")] = true })
	}
	styles := []string{"innerHTML", "innerMorph", "outerMorph", "afterbegin", "delete"}
	for _, l := range []views.Lang{views.Spanish, views.English} {
		for name, c := range components(l) {
			for _, p := range partials(t, c) {
				if id := attr(p, "id"); id != "" && !ids[id] {
					t.Errorf("%s: #%s is on no page", name, id)
				}
				if target := attr(p, "hx-target"); target != "" {
					for _, part := range strings.Split(target, ",") {
						list, _, _ := strings.Cut(part, ">")
						if !slices.ContainsFunc(docs, func(d *goquery.Document) bool { return d.Find(list).Length() > 0 }) {
							t.Errorf("%s: %s is on no page", name, list)
						}
					}
				}
				if !slices.Contains(styles, attr(p, "hx-swap")) {
					t.Errorf("%s: hx-swap=%q", name, attr(p, "hx-swap"))
				}
			}
		}
	}
}

// What an animation watches must be replaced, not morphed: a morph keeps the
// element, and its animation runs on until the page says that it is stale.
func TestAgesAreReplaced(t *testing.T) {
	seen := 0
	for name, c := range fragments(views.Spanish) {
		for _, p := range partials(t, c) {
			for _, id := range targets(p) {
				if id != "hb" && !strings.HasPrefix(id, "age-") && !strings.HasPrefix(id, "source-") {
					continue
				}
				seen++
				if swap := attr(p, "hx-swap"); swap != "innerHTML" {
					t.Errorf("%s: #%s by %s", name, id, swap)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d ages found", seen)
	}
}

// targets are the ids a partial goes to, as far as it names ids.
func targets(p *html.Node) []string {
	list := strings.Split(attr(p, "hx-target"), ",")
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], "#")
	}
	return append(list, attr(p, "id"))
}

// What ages by itself on a page is started over by the heartbeat, or by one of
// the page's cards.
func TestEveryAgeIsBrought(t *testing.T) {
	for page, ids := range map[string][]string{
		"page-dashboard": dashboardCards, "page-inbox": {"notifications"}, "page-monitoring-nodes": {"hub", "machine"},
	} {
		d := pages(t)[page+".es"]
		brought := map[string]bool{}
		drawn := []templ.Component{views.Heartbeat(views.Spanish, at, "")}
		for _, id := range ids {
			drawn = append(drawn, views.Whole(views.Spanish, id, sampleViews()[id], false))
		}
		for _, c := range drawn {
			for _, p := range partials(t, c) {
				for _, id := range targets(p) {
					brought[id] = true
					if id != "" && id != "inbox-list" && id != "notif-list" && d.Find("#"+id).Length() != 1 {
						t.Errorf("%s: its cards bring #%s, which is not there", page, id)
					}
				}
			}
		}
		d.Find("#hb, .age, #streams-body dd").Each(func(_ int, s *goquery.Selection) {
			if id := s.AttrOr("id", "?"); !brought[id] {
				t.Errorf("%s: nothing brings #%s", page, id)
			}
		})
	}
}

// A page that is disconnected on purpose waits for nothing and goes stale in
// nothing.
func TestDisconnectedIsNotStale(t *testing.T) {
	page := samplePage(views.Spanish, "/")
	page.LiveURL = ""
	off := parse(t, render(t, views.ConnectionFragment(page)))
	if n := off.Find(".hb-lost, .hb-banner, .age-stale").Length(); n != 0 {
		t.Errorf("%d elements wait for a heartbeat that nobody sends", n)
	}
	replaced := map[string]bool{}
	off.Find("template[hx]").Each(func(_ int, s *goquery.Selection) {
		replaced[s.AttrOr("id", "")] = true
		replaced[s.AttrOr("hx-target", "")] = true
	})
	for name, d := range pages(t) {
		d.Find(".age, #hb, #streams-body dd").Each(func(_ int, s *goquery.Selection) {
			if id := s.AttrOr("id", ""); !replaced[id] && !(s.HasClass("age") && replaced[".age"]) {
				t.Errorf("%s: #%s still says it is live", name, id)
			}
		})
	}
}

// A fragment is sent to every page that is open; what it weighs, it weighs
// thousands of times.
func TestFragmentsAreSmall(t *testing.T) {
	weight := func(c templ.Component) int { return len(render(t, c)) }
	for name, limit := range map[string]int{
		"live-log": 1280, "live-price": 1536, "live-notification": 1792, "live-metrics": 4096,
		"live-heartbeat": 1024, "live-hub": 8192, "live-machine": 4096,
	} {
		if got := weight(components(views.Spanish)[name]); got > limit {
			t.Errorf("%s: %d bytes, more than %d", name, got, limit)
		}
	}
	full := sampleMetrics()
	for i := range 60 {
		full.CPUPast = append(full.CPUPast, float64(i)+0.5)
		full.MemPast = append(full.MemPast, float64(i)+0.5)
		full.DskPast = append(full.DskPast, float64(i)+0.5)
	}
	if got := weight(views.Whole(views.Spanish, "metrics", full, false)); got > 5120 {
		t.Errorf("five minutes of metrics: %d bytes", got)
	}
	// Names and ids have one line: a long one is cut here, not in 20,000 browsers.
	long := card.Task{ID: strings.Repeat("W", 64<<10), Type: strings.Repeat("W", 64<<10), State: "running", Status: strings.Repeat("W", 64<<10), At: at}
	if got := weight(views.Whole(views.Spanish, "tasks", card.TasksView{Tasks: []card.Task{long}}, false)); got > 4096 {
		t.Errorf("a task with long names: %d bytes", got)
	}
}

// The lists keep their length: the row that is cut is the last before the new
// one comes, for htmx finds all targets before it swaps.
func TestListsAreCut(t *testing.T) {
	for name, want := range map[string][]string{
		"live-log":          {"#log-k3f9-9 delete", "#log-list afterbegin", "#log-list>li:nth-child(n+50) delete", "#age-logs innerHTML"},
		"live-notification": {"#notif-k3f9-5 delete", "#notif-list,#inbox-list afterbegin", "#notif-list>li:nth-child(n+10),#inbox-list>li:nth-child(n+100) delete", "#status innerHTML", "#age-notifications innerHTML"},
	} {
		var got []string
		for _, p := range partials(t, components(views.Spanish)[name]) {
			target := attr(p, "hx-target")
			if target == "" {
				target = "#" + attr(p, "id")
			}
			got = append(got, target+" "+attr(p, "hx-swap"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Rows keep their id when they change and never share one.
func TestRowIds(t *testing.T) {
	rows := func(c templ.Component, selector string) []string {
		var ids []string
		parse(t, render(t, c)).Find(selector).Each(func(_ int, s *goquery.Selection) { ids = append(ids, s.AttrOr("id", "")) })
		return ids
	}
	var prices []card.Price
	for _, symbol := range []string{"BTC/USD", "BTC-USD", "btc/usd", "BTC_USD", "B/TC/USD", "", "\x00", "€", strings.Repeat("A", 80)} {
		prices = append(prices, card.Price{Symbol: symbol, At: at})
	}
	got := rows(views.Whole(views.English, "trading", card.TradingView{At: at, Prices: prices}, false), "tr")
	if got[0] != "px-btc-usd" {
		t.Errorf("BTC/USD is %q", got[0])
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(got)))); n != len(prices) {
		t.Errorf("%d ids for %d symbols: %q", n, len(prices), got)
	}
	one := rows(views.ChangeOf(views.English, "trading", card.TradingChange{At: at, Prices: prices[1:2]}, false), "tr")
	if one[0] != got[1] {
		t.Errorf("the same symbol is %q in one fragment and %q in another", one[0], got[1])
	}
	a := rows(views.Whole(views.English, "tasks", card.TasksView{Tasks: []card.Task{{ID: "x", State: "started", At: at}, {ID: "X", At: at}}}, false), "li")
	b := rows(views.Whole(views.English, "tasks", card.TasksView{Tasks: []card.Task{{ID: "x", State: "failed", Progress: 3, At: at}}}, false), "li")
	if a[0] != b[0] || a[0] == a[1] {
		t.Errorf("ids of tasks: %q, later %q", a, b)
	}
}

func TestRecoveredIsHeard(t *testing.T) {
	for l, want := range map[views.Lang]string{views.Spanish: "Conexión restablecida.", views.English: "Connection restored."} {
		said := parse(t, render(t, views.Recovered(l))).Find("template#status").Last().Text()
		if strings.TrimSpace(said) != want {
			t.Errorf("%s: status %q, want %q", l, said, want)
		}
	}
}

// A card whose source fails says so in words, and why; the page of a share link is
// not shown why.
func TestFailingSourcesSaySo(t *testing.T) {
	failing := card.Source{At: at, State: "retrying", Error: "no route"}
	for name, view := range map[string]any{
		"metrics": card.MetricsView{Source: failing}, "trading": card.TradingView{Source: failing}, "logs": card.LogsView{Source: failing},
		"notifications": card.NotificationsView{Source: failing}, "tasks": card.TasksView{Source: failing},
	} {
		for _, public := range []bool{false, true} {
			d := parse(t, render(t, views.Whole(views.English, name, view, public)))
			text := d.Find("template#state-" + name + ",template#age-" + name).Text()
			if strings.Count(text, "Retrying") != 1 || strings.Contains(text, "no route") == public {
				t.Errorf("%s, public %v: %q", name, public, text)
			}
		}
	}
}

func ExampleRecovered() {
	var b strings.Builder
	if err := views.Recovered(views.English).Render(context.Background(), &b); err != nil {
		fmt.Println(err)
	}
	fmt.Println(b.String())
	// Output: <hx-partial id="status" hx-swap="innerHTML">Connection restored.</hx-partial>
}
