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
	p.Cards = strings.Join(shown, ",")
	err := a.fill(c, &p, q, pr)
	return p, err
}

// fill puts cards into a page, whose stream will begin where they stand.
func (a *App) fill(c *gin.Context, p *views.Page, q liveQuery, pr prefs) error {
	made, err := a.compose(c.Request.Context(), q, pr)
	if err != nil {
		return err
	}
	q.after = made.At
	p.LiveURL = a.URLs.Path(q.url())
	for _, id := range q.cards {
		p.Shown = append(p.Shown, a.boards.Def(id))
	}
	p.Views, p.Drawings, p.At, p.Store = made.Views, made.Drawings, made.Readings.At, made.Readings.Store
	return nil
}

// compose asks for the cards of a page. They were drawn once for all pages, except
// those from which this browser has cleared something: they are drawn for it alone.
func (a *App) compose(ctx context.Context, q liveQuery, pr prefs) (*board.Composition, error) {
	ctx, cancel := context.WithTimeout(ctx, composeWait)
	defer cancel()
	a.sync(ctx)
	made, err := a.boards.Compose(ctx, q.request())
	if err != nil {
		return nil, fmt.Errorf("compose a page: %w", err)
	}
	for id, upTo := range pr.cuts {
		all, ok := made.Views[id].(card.Clearable)
		if !ok {
			continue
		}
		seen := all.Without(upTo)
		drawing, err := a.painter.Whole(a.boards.Def(id), seen, q.request().Variant)
		if err != nil {
			return nil, fmt.Errorf("draw %s without what was cleared: %w", id, err)
		}
		made.Views[id], made.Drawings[id] = seen, drawing
	}
	return made, nil
}

// sync waits for the newest events: a person who has just sent something wants to see it.
// A reader that hangs must not take the page with it: what comes later comes by the
// page's stream.
func (a *App) sync(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, syncWait)
	defer cancel()
	_ = a.Hub.Sync(ctx)
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
