package views_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/a-h/templ"

	"latido/streams/card"
	"latido/streams/event"
	"latido/views"
)

var (
	dashboardCards = []string{"metrics", "trading", "logs", "notifications", "tasks", "send", "streams", "connection"}
	sharedCards    = []string{"metrics", "trading", "logs", "notifications", "tasks", "machine", "hub"}
)

var update = flag.Bool("update", false, "write testdata instead of comparing with it")

// components is every component the package exports, with a model that reaches
// its branches.
func components(l views.Lang) map[string]templ.Component {
	page := func(path string) views.Page { return samplePage(l, path) }
	all := sampleViews()
	watching := func(h card.HubView, m event.Machine) templ.Component {
		return views.MonitoringPage(withCards(page("/monitoring"), map[string]any{"hub": h, "machine": m}, "hub", "machine"))
	}
	still := page("/missing")
	still.LiveURL = ""
	personal := still
	personal.Person = "ana"
	empty := withCards(page("/"), emptyViews(), dashboardCards...)
	empty.Demo, empty.Theme = false, ""
	older := withCards(page("/"), map[string]any{"logs": card.LogsView{Older: true}, "notifications": card.NotificationsView{Older: true}, "tasks": card.TasksView{Older: true}}, "logs", "notifications", "tasks")
	watcher := withCards(page("/"), all, dashboardCards...)
	watcher.ReadOnly = true
	login := still
	login.Path = views.LoginPath
	on := page("/")
	off := page("/")
	off.LiveURL = ""
	made := map[string]templ.Component{
		"page-dashboard":        views.DashboardPage(withCards(page("/"), all, dashboardCards...)),
		"page-dashboard-empty":  views.DashboardPage(empty),
		"page-dashboard-older":  views.DashboardPage(older),
		"page-dashboard-watch":  views.DashboardPage(watcher),
		"page-inbox":            views.InboxPage(withCards(page("/notifications"), all, "notifications")),
		"page-monitoring":       watching(sampleHub(), sampleMachine()),
		"page-monitoring-empty": watching(card.HubView{}, event.Machine{}),
		"page-monitoring-idle":  watching(idleHub(), sampleMachine()),
		"page-monitoring-nodes": watching(sampleNodes(), sampleMachine()),
		"page-error":            views.ErrorPage(still, 404, "Not here", "There is no /missing."),
		"page-result":           views.ResultPage(page("/"), sampleResult()),
		"page-login":            views.LoginPage(login, views.Login{Next: "/monitoring"}),
		"page-login-wrong":      views.LoginPage(login, views.Login{Next: "/", Name: "ana", Wrong: true}),
		"page-error-person":     views.ErrorPage(personal, 404, "Not here", ""),
		"login-wait":            views.LoginFragment(l, views.Login{After: 11 * time.Second}),
		"conn":                  views.Conn("/live?cards=all&after=k3f9-1"),
		"conn-off":              views.Conn(""),
		"live-trading-outside":  views.Whole(l, "trading", card.TradingView{At: at, Prices: sampleTrading().Prices[:1], Source: source("idle")}, false),
		"live-heartbeat":        views.Heartbeat(l, at, ""),
		"live-heartbeat-full":   views.Heartbeat(l, at, card.StoreFull),
		"live-recovered":        views.Recovered(l),
		"result-ok":             views.ResultFragment(l, views.Result{OK: true, Form: views.FormBroadcast, Title: "Sent.", ID: "k3f9-10"}),
		"result-refused":        views.ResultFragment(l, sampleResult()),
		"connection-on":         views.ConnectionFragment(on),
		"connection-off":        views.ConnectionFragment(off),
		"cleared-logs":          views.ClearedFragment(l, views.ListLogs),
		"cleared-notifications": views.ClearedFragment(l, views.ListNotifications),
	}
	maps.Copy(made, liveCards(l, all, false))
	maps.Copy(made, accessComponents(l))
	return made
}

// liveCards is all that travels of cards: each whole, and the changes of those that
// have any.
func liveCards(l views.Lang, all map[string]any, public bool) map[string]templ.Component {
	made := map[string]templ.Component{}
	for _, name := range views.CardTypes() {
		made["live-"+name] = views.Whole(l, name, all[name], public)
	}
	trading, logs, notes := all["trading"].(card.TradingView), all["logs"].(card.LogsView), all["notifications"].(card.NotificationsView)
	made["live-price"] = views.ChangeOf(l, "trading", card.TradingChange{At: trading.At, Prices: trading.Prices[:1], Source: trading.Source}, public)
	made["live-log"] = views.ChangeOf(l, "logs", card.LogsChange{Entries: logs.Entries[:1], Source: logs.Source}, public)
	made["live-log-many"] = views.ChangeOf(l, "logs", card.LogsChange{Entries: logs.Entries, LeftOut: 17, Source: logs.Source}, public)
	made["live-log-source"] = views.ChangeOf(l, "logs", card.LogsChange{Source: logs.Source}, public)
	made["live-notification"] = views.ChangeOf(l, "notifications", card.NotificationsChange{List: notes.List[:1], Source: notes.Source}, public)
	return made
}

// hostileComponents is what shows text from outside, with that text in every
// string of its model.
func hostileComponents(l views.Lang, text string) map[string]templ.Component {
	page := hostile(samplePage(l, "/"), text)
	poisoned := hostileViews(sampleViews(), text)
	all := map[string]templ.Component{
		"page-dashboard":  views.DashboardPage(withCards(page, poisoned, dashboardCards...)),
		"page-inbox":      views.InboxPage(withCards(page, poisoned, "notifications")),
		"page-monitoring": views.MonitoringPage(withCards(page, poisoned, "hub", "machine")),
		"page-error":      views.ErrorPage(page, 500, text, text),
		"page-login":      views.LoginPage(page, views.Login{Next: text, Name: text, Wrong: true}),
		"page-result":     views.ResultPage(page, hostile(sampleResult(), text)),
		"result":          views.ResultFragment(l, hostile(sampleResult(), text)),
		"connection":      views.ConnectionFragment(page),
	}
	maps.Copy(all, liveCards(l, poisoned, false))
	maps.Copy(all, hostileAccess(l, text))
	return all
}

// leftOver is a placeholder of a text that nothing has filled in.
var leftOver = regexp.MustCompile(`\{[a-z]+\}`)

func TestGolden(t *testing.T) {
	for _, l := range []views.Lang{views.Spanish, views.English} {
		for name, c := range components(l) {
			golden(t, name+"."+string(l), c)
			if left := leftOver.FindString(render(t, c)); left != "" {
				t.Errorf("%s.%s shows the placeholder %s", name, l, left)
			}
		}
	}
	for name, c := range hostileComponents(views.Spanish, hostileText) {
		golden(t, "hostile-"+name, c)
	}
}

// golden compares the outline of a component with the one in testdata.
func golden(t *testing.T, name string, c templ.Component) {
	t.Run(name, func(t *testing.T) {
		got := dump(parse(t, render(t, c)))
		file := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v (go test ./views -update writes it)", err)
		}
		if got != string(want) {
			t.Errorf("differs from %s:\n%s", file, firstDifference(string(want), got))
		}
	})
}
