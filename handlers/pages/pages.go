package pages

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/board"
	"latido/streams/card"
	"latido/views"
)

const (
	// syncWait bounds how long a page waits for the newest events.
	syncWait = 300 * time.Millisecond

	// composeWait bounds how long a page waits for its cards.
	composeWait = 3 * time.Second
)

// Page returns the frame of a page without cards: choices of the browser, and the
// state of this moment.
func (a *App) Page(c *gin.Context, path string) views.Page {
	pr := readPrefs(c)
	p := web.Principal(c)
	now := a.boards.Readings()
	return views.Page{
		Lang: pr.lang, Theme: pr.theme, Path: path, User: pr.user, Demo: a.Demo, Person: person(p),
		Manages: p.Grant.Manage, ReadOnly: readOnly(p), BaseURL: a.URLs.Absolute(c.Request, ""),
		Levels: pr.levels(), At: now.At, Store: now.Store,
	}
}

// cardPage is Page with cards, which a stream of its own keeps up to date.
func (a *App) cardPage(c *gin.Context, path string, shown []string) (views.Page, error) {
	p := a.Page(c, path)
	pr := readPrefs(c)
	q := liveQuery{cards: shown, lang: pr.lang, user: pr.user, view: newView()}
	made, err := a.compose(c.Request.Context(), q, false)
	if err != nil {
		return p, err
	}
	q.after = made.At
	p.LiveURL, p.Cards = a.URLs.Path(q.url()), strings.Join(shown, ",")
	p.Shown, p.Views = a.shown(shown), pr.visible(made.Views)
	return p, nil
}

// compose asks for the cards of a page.
func (a *App) compose(ctx context.Context, q liveQuery, whole bool) (*board.Composition, error) {
	ctx, cancel := context.WithTimeout(ctx, composeWait)
	defer cancel()
	a.sync(ctx)
	r := q.request()
	r.Whole = whole
	made, err := a.boards.Compose(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("compose a page: %w", err)
	}
	return made, nil
}

// sync waits for the newest events: whoever has just sent something wants to see it.
// A reader that hangs must not take the page with it: what comes later comes by the
// page's stream.
func (a *App) sync(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, syncWait)
	defer cancel()
	_ = a.Hub.Sync(ctx)
}

// shown are the definitions of cards.
func (a *App) shown(ids []string) (defs []card.Def) {
	for _, id := range ids {
		defs = append(defs, a.boards.Def(id))
	}
	return defs
}

// person is the name of the person who is logged in, "" for nobody.
func person(p *access.Principal) string {
	if p.Kind == access.Person {
		return p.Name
	}
	return ""
}

// readOnly reports whether the caller may send nothing: pages have no forms for it.
func readOnly(p *access.Principal) bool {
	return len(p.Grant.Publish) == 0 && p.Grant.Notify.IsZero() && !p.Grant.Tasks
}

// newView names a page's view.
func newView() string { return rand.Text()[:16] }

// newRun names a run of the process, as the first part of its fragments' ids.
func newRun() string { return strings.ToLower(rand.Text()[:12]) }

func (a *App) dashboardPage(c *gin.Context) error {
	if err := checkRates(c); err != nil {
		return err
	}
	p, err := a.cardPage(c, "/", board.Dashboard)
	if err != nil {
		return err
	}
	return a.Render(c, http.StatusOK, views.DashboardPage(p))
}

func (a *App) inboxPage(c *gin.Context) error {
	p, err := a.cardPage(c, "/notifications", board.Inbox)
	if err != nil {
		return err
	}
	return a.Render(c, http.StatusOK, views.InboxPage(p))
}

func (a *App) monitoringPage(c *gin.Context) error {
	p, err := a.cardPage(c, "/monitoring", board.Monitoring)
	if err != nil {
		return err
	}
	return a.Render(c, http.StatusOK, views.MonitoringPage(p))
}

// helpPage is GET /help: the reference, for everybody.
func (a *App) helpPage(c *gin.Context) error {
	return a.Render(c, http.StatusOK, views.HelpPage(a.Page(c, views.HelpPath)))
}

// visible leaves out of views what this browser has cleared.
func (p prefs) visible(all map[string]any) map[string]any {
	seen := make(map[string]any, len(all))
	for id, view := range all {
		if v, ok := view.(card.Clearable); ok && p.cuts[id] != (hub.ID{}) {
			view = v.Without(p.cuts[id])
		}
		seen[id] = view
	}
	return seen
}
