package pages

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/views"
)

// formOf names the form behind a route, so that a result can point at its fields.
var formOf = map[string]string{
	"/ui/broadcast":     views.FormBroadcast,
	"/ui/notify":        views.FormNotify,
	"/ui/notify-test":   views.FormNotifyTest,
	"/tasks/export":     views.FormExport,
	"/tasks/:id/cancel": views.FormCancel,
	"/ui/clear":         views.FormClear,
	"/ui/connection":    views.FormConnection,
	"/ui/prefs":         views.FormUser,
	web.LoginPath:       views.FormLogin,
}

// result responds to a form: htmx gets the fragment for the form's result, a browser
// without script a page.
func (a *App) result(c *gin.Context, status int, p views.Page, r views.Result) error {
	r.Form = formOf[c.FullPath()]
	return a.RenderPage(c, status, views.ResultPage(p, r), views.ResultFragment(p.Lang, r))
}

// Context implements web.HTML.
func (a *App) Context(ctx context.Context) context.Context { return views.WithLinks(ctx, a.URLs.Path) }

// Done implements web.HTML.
func (a *App) Done(c *gin.Context, d web.Done) error {
	p := a.Page(c, "")
	return a.result(c, http.StatusOK, p, views.Result{OK: true, Title: sentence(views.SentencesIn(p.Lang), d), ID: d.ID.String()})
}

// sentence says what was done.
func sentence(m views.Sentences, d web.Done) string {
	switch d.What {
	case web.BroadcastSent:
		return m.BroadcastSent(d.Of)
	case web.NotificationSent:
		user, _ := strconv.ParseInt(d.Of, 10, 64)
		return m.NotificationSent(user)
	case web.TaskUpdated:
		return m.TaskUpdated(d.Of)
	case web.ExportStarted:
		return m.ExportStarted(d.Of)
	case web.TaskCancelled:
		return m.TaskCancelled(d.Of)
	}
	return string(d.What)
}

// Failure implements web.HTML: htmx gets a fragment for the form's result, a browser
// without script a whole page.
func (a *App) Failure(c *gin.Context, f web.Failure) error {
	if web.IsShare(c.Request) {
		return a.failShare(c, f)
	}
	p := a.Page(c, "")
	m := views.SentencesIn(p.Lang)
	if f.Problems != nil {
		r := views.Result{Title: m.CheckInput}
		for _, one := range f.Problems {
			r.Errors = append(r.Errors, views.FieldError{Field: one.Field(), Message: m.Problem(one.Type, one.Msg)})
		}
		return a.result(c, f.Status, p, r)
	}
	title := m.Status(f.Status, f.Detail)
	if f.Limit != nil {
		title = limitSentence(m, f.Limit)
	} else if f.IsForeign() {
		title = m.Foreign
	}
	detail := f.Detail
	if title != detail {
		detail = "" // the title says it in the page's language
	}
	return a.RenderPage(c, f.Status, views.ErrorPage(p, f.Status, title, detail), views.ResultFragment(p.Lang, views.Result{Title: title}))
}

// limitSentence says which limit was met.
func limitSentence(m views.Sentences, e *web.LimitError) string {
	switch e.Kind {
	case web.ChannelsInAll:
		return m.ChannelsFull
	case web.ChannelsOfSender:
		return m.OwnChannelsFull
	case web.ChannelBytes:
		return m.ChannelFull
	case web.UserBytes:
		return m.UserFull
	}
	return m.TooOften(e.After)
}

// failShare says what is wrong at a share link's address, always as a page. It says
// no more of a link that has ended than of one that never was.
func (a *App) failShare(c *gin.Context, f web.Failure) error {
	l := browserLang(c)
	m := views.SentencesIn(l)
	detail := f.Detail
	if f.Problems != nil {
		detail = f.Problems.Error()
	}
	title := m.Status(f.Status, detail)
	switch {
	case f.Problems != nil:
		title = m.Status(http.StatusBadRequest, detail)
	case title != detail:
		detail = "" // the title says it in the page's language
	}
	return a.Render(c, f.Status, views.ShareErrorPage(l, f.Status, title, detail))
}
