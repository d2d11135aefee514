package pages

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/hub"
	"latido/views"
)

// How many entries pages show.
const (
	logRows          = 50
	notificationRows = 10
	inboxSize        = 100
	taskRows         = 10
	// foldEvents bounds how far back a fold over a topic's log looks.
	foldEvents = 512
)

// syncWait bounds how long a page waits for the newest events.
const syncWait = 300 * time.Millisecond

// Page returns the frame of a page without cards of its own: choices of the browser,
// and the state of this moment.
func (a *App) Page(c *gin.Context, path string) views.Page { return a.page(c, path) }

// page is the frame of every page: prefs, and the state of this moment.
func (a *App) page(c *gin.Context, path string, shown ...string) views.Page {
	return a.limitedPage(c, pageRates{}, path, shown...)
}

// limitedPage is page for one whose cards change no more often than that.
func (a *App) limitedPage(c *gin.Context, rates pageRates, path string, shown ...string) views.Page {
	pr := readPrefs(c)
	at := a.newest(c.Request.Context())
	q := liveQuery{cards: shown, lang: pr.lang, user: pr.user, view: newView(), after: hub.ResumeToken{ID: at}, rates: rates}
	p := views.Page{
		Lang: pr.lang, Theme: pr.theme, Path: path, Position: at.String(), User: pr.user, Demo: a.Demo, Person: person(web.Principal(c)),
		Manages: web.Principal(c).Grant.Manage, ReadOnly: readOnly(web.Principal(c)),
		Beat: a.beat(q), BaseURL: a.URLs.Absolute(c.Request, ""), Rates: rates.given.Encode(),
	}
	if len(shown) > 0 {
		p.LiveURL, p.Cards = a.URLs.Path(q.url()), strings.Join(shown, ",")
	}
	return p
}

// newest is the position at which a page is rendered. Who has just sent something
// wants to see it. A reader that hangs must not take the page with it: what comes
// later comes by the page's stream.
func (a *App) newest(ctx context.Context) hub.ID {
	ctx, cancel := context.WithTimeout(ctx, syncWait)
	defer cancel()
	_ = a.Hub.Sync(ctx)
	return a.Hub.Head()
}

// person is the name of who is logged in, "" for nobody.
func person(p *access.Principal) string {
	if p.Kind == access.Person {
		return p.Name
	}
	return ""
}

// readOnly reports whether somebody may send nothing: pages have no forms for it.
func readOnly(p *access.Principal) bool {
	return len(p.Grant.Publish) == 0 && p.Grant.Notify.IsZero() && !p.Grant.Tasks
}

// newView names a page's view.
func newView() string { return rand.Text()[:16] }

func (a *App) dashboardPage(c *gin.Context) error {
	rates, err := readPageRates(c)
	if err != nil {
		return err
	}
	shown := []string{"metrics", "trading", "logs", "notifications", "tasks"}
	p := a.limitedPage(c, rates, "/", shown...)
	at, _ := hub.ParseID(p.Position)
	return web.Render(c, http.StatusOK, views.DashboardPage(p, a.dashboard(readPrefs(c), at, shown)))
}

func (a *App) inboxPage(c *gin.Context) error {
	p := a.page(c, "/notifications", "notifications")
	at, _ := hub.ParseID(p.Position)
	return web.Render(c, http.StatusOK, views.InboxPage(p, a.inbox(readPrefs(c), at, inboxSize)))
}

func (a *App) monitoringPage(c *gin.Context) error {
	return web.Render(c, http.StatusOK, views.MonitoringPage(a.page(c, "/monitoring", "machine", "hub")))
}

// helpPage is GET /help: the reference, for everybody.
func (a *App) helpPage(c *gin.Context) error {
	return web.Render(c, http.StatusOK, views.HelpPage(a.page(c, views.HelpPath)))
}

// dashboard folds the hub's logs up to a position into what the named cards show,
// and nothing else.
func (a *App) dashboard(pr prefs, at hub.ID, shown []string) views.Dashboard {
	d := views.Dashboard{LogLevels: pr.levels()}
	for _, card := range shown {
		switch card {
		case "metrics":
			d.Metrics = presentMetrics(a.machineEvents(at.Seq))
		case "trading":
			d.Trading = a.trading(at.Seq)
		case "logs":
			d.Logs = a.logs(pr, at)
		case "notifications":
			d.Notifications = a.inbox(pr, at, notificationRows)
		case "tasks":
			d.Tasks = a.tasks(at.Seq)
		}
	}
	return d
}

func (a *App) trading(upTo uint64) views.Trading {
	hasSource := false
	for _, p := range a.Node.Producers() {
		hasSource = hasSource || p.Name == "trading"
	}
	return presentTrading(a.Hub.Recent(hub.ChannelTopic("trading"), upTo, foldEvents), hasSource)
}

func (a *App) tasks(upTo uint64) []views.Task {
	return presentTasks(a.Hub.Recent(hub.ChannelTopic(tasksChannel), upTo, foldEvents), taskRows, a.Jobs.Running)
}

func (a *App) logs(pr prefs, at hub.ID) (entries []views.LogEntry) {
	cut := pr.after("logs", at.Epoch)
	events := a.Hub.Recent(hub.ChannelTopic("logs"), at.Seq, foldEvents)
	for i := len(events) - 1; i >= 0 && len(entries) < logRows && events[i].ID.Seq > cut; i-- {
		if entry, ok := presentLog(events[i]); ok {
			entries = append(entries, entry)
		}
	}
	return entries
}

func (a *App) inbox(pr prefs, at hub.ID, limit int) (list []views.Notification) {
	if pr.user == 0 {
		return nil // who looks may read nobody's
	}
	cut := pr.after("notifications", at.Epoch)
	events := a.Hub.Recent(hub.UserTopic(pr.user), at.Seq, foldEvents)
	for i := len(events) - 1; i >= 0 && len(list) < limit && events[i].ID.Seq > cut; i-- {
		if n, ok := presentNotification(events[i]); ok {
			list = append(list, n)
		}
	}
	return list
}
