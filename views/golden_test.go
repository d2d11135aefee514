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

	"latido/views"
)

// allCards are the names that LiveSnapshot and Share.Cards know.
var allCards = []string{"metrics", "trading", "logs", "notifications", "tasks", "machine", "hub"}

var update = flag.Bool("update", false, "write testdata instead of comparing with it")

// components is every component the package exports, with a model that reaches
// its branches.
func components(l views.Lang) map[string]templ.Component {
	page := func(path string) views.Page { return samplePage(l, path) }
	monitor := page("/monitoring")
	monitor.Beat = sampleMonitor()
	fresh := page("/monitoring")
	fresh.Beat = sampleMonitor()
	fresh.Beat.Hub.Traffic = idleTraffic()
	several := page("/monitoring")
	several.Beat = sampleNodes()
	inbox := sampleBeat()
	inbox.Streams, inbox.Dashboard = inbox.Streams[3:4], false
	still := page("/missing")
	still.LiveURL = ""
	personal := still
	personal.Person = "ana"
	empty := page("/")
	empty.Demo, empty.Theme = false, ""
	login := still
	login.Path = views.LoginPath
	all := map[string]templ.Component{
		"page-dashboard":        views.DashboardPage(page("/"), sampleDashboard()),
		"page-dashboard-empty":  views.DashboardPage(empty, views.Dashboard{}),
		"page-inbox":            views.InboxPage(page("/notifications"), sampleNotifications()),
		"page-monitoring":       views.MonitoringPage(monitor),
		"page-monitoring-empty": views.MonitoringPage(page("/monitoring")),
		"page-monitoring-idle":  views.MonitoringPage(fresh),
		"page-monitoring-nodes": views.MonitoringPage(several),
		"page-error":            views.ErrorPage(still, 404, "Not here", "There is no /missing."),
		"page-result":           views.ResultPage(page("/"), sampleResult()),
		"page-login":            views.LoginPage(login, views.Login{Next: "/monitoring"}),
		"page-login-wrong":      views.LoginPage(login, views.Login{Next: "/", Name: "ana", Wrong: true}),
		"page-error-person":     views.ErrorPage(personal, 404, "Not here", ""),
		"login-wait":            views.LoginFragment(l, views.Login{After: 11 * time.Second}),
		"conn":                  views.Conn("/live?cards=all&after=k3f9-1"),
		"conn-off":              views.Conn(""),
		"live-metrics":          views.LiveMetrics(l, sampleMetrics()),
		"live-trading":          views.LiveTrading(l, sampleTrading()),
		"live-trading-outside":  views.LiveTrading(l, views.Trading{At: at, Prices: sampleTrading().Prices[:1]}),
		"live-price":            views.LivePrice(l, sampleTrading().Prices[0], true),
		"live-log":              views.LiveLog(l, sampleLogs()[0]),
		"live-notification":     views.LiveNotification(l, sampleNotifications()[0]),
		"live-tasks":            views.LiveTasks(l, sampleTasks()),
		"live-beat":             views.LiveBeat(l, sampleBeat()),
		"live-beat-inbox":       views.LiveBeat(l, inbox),
		"live-beat-monitoring":  views.LiveBeat(l, sampleMonitor()),
		"live-beat-nodes":       views.LiveBeat(l, sampleNodes()),
		"live-snapshot":         views.LiveSnapshot(l, allCards, sampleDashboard(), sampleNotifications(), true, sampleBeat()),
		"live-recovered":        views.LiveRecovered(l),
		"result-ok":             views.ResultFragment(l, views.Result{OK: true, Form: views.FormBroadcast, Title: "Sent.", ID: "k3f9-10"}),
		"result-refused":        views.ResultFragment(l, sampleResult()),
		"connection-on":         views.ConnectionFragment(l, "/live?cards=all&after=k3f9-1", sampleBeat()),
		"connection-off":        views.ConnectionFragment(l, "", sampleBeat()),
		"stats":                 views.StatsFragment(l, sampleBeat().Stats),
		"cleared-logs":          views.ClearedFragment(l, views.ListLogs),
		"cleared-notifications": views.ClearedFragment(l, views.ListNotifications),
	}
	maps.Copy(all, accessComponents(l))
	return all
}

// hostileComponents is what shows text from outside, with that text in every
// string of its model.
func hostileComponents(l views.Lang, text string) map[string]templ.Component {
	page := hostile(samplePage(l, "/"), text)
	monitor := page
	monitor.Beat = hostile(sampleNodes(), text)
	dashboard := hostile(sampleDashboard(), text)
	inbox := hostile(sampleNotifications(), text)
	beat := hostile(sampleBeat(), text)
	all := map[string]templ.Component{
		"page-dashboard":    views.DashboardPage(page, dashboard),
		"page-inbox":        views.InboxPage(page, inbox),
		"page-monitoring":   views.MonitoringPage(monitor),
		"page-error":        views.ErrorPage(page, 500, text, text),
		"page-login":        views.LoginPage(page, views.Login{Next: text, Name: text, Wrong: true}),
		"page-result":       views.ResultPage(page, hostile(sampleResult(), text)),
		"live-trading":      views.LiveTrading(l, dashboard.Trading),
		"live-price":        views.LivePrice(l, dashboard.Trading.Prices[0], true),
		"live-log":          views.LiveLog(l, dashboard.Logs[0]),
		"live-notification": views.LiveNotification(l, inbox[0]),
		"live-tasks":        views.LiveTasks(l, dashboard.Tasks),
		"live-beat":         views.LiveBeat(l, hostile(sampleNodes(), text)),
		"live-snapshot":     views.LiveSnapshot(l, allCards, dashboard, inbox, true, beat),
		"result":            views.ResultFragment(l, hostile(sampleResult(), text)),
		"connection":        views.ConnectionFragment(l, text, beat),
		"stats":             views.StatsFragment(l, beat.Stats),
	}
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
