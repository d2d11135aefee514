package pages

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/views"
)

// formPrefs is POST /ui/prefs: language, theme, user, log levels. Choices whose field
// is not given stay as they are. A browser sends no box that is not ticked, so the field
// log_levels says that the form has the boxes.
func (a *App) formPrefs(c *gin.Context) error {
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	pr := readPrefs(c)
	if text, given := in.Field("lang"); given {
		l, ok := views.ParseLang(text)
		if !ok {
			in.Problems.Add("literal_error", "Input should be 'es' or 'en'", "body", "lang")
		}
		pr.lang, pr.chosen = l, true
	}
	if text, given := in.Field("theme"); given {
		if text == "auto" {
			text = ""
		}
		if !validTheme(text) {
			in.Problems.Add("literal_error", "Input should be 'light', 'dark' or 'auto'", "body", "theme")
		}
		pr.theme = text
	}
	if text, given := in.Field("user"); given {
		pr.user = in.Problems.UserID(text, "body", "user")
		if err := web.MayReadUser(web.Principal(c), pr.user); pr.user > 0 && err != nil {
			return err
		}
	}
	readLevels(in, &pr)
	if err := in.Problems.Err(); err != nil {
		return err
	}
	a.writePrefs(c, pr)
	if web.IsHTMX(c.Request) {
		c.Status(http.StatusNoContent) // CSS has already applied the choice
		return nil
	}
	a.back(c, in)
	return nil
}

func readLevels(in *web.Input, pr *prefs) {
	if !in.Has("log_levels") {
		return
	}
	for _, level := range logLevels {
		pr.hidden[level] = !in.Has("log_" + level)
	}
}

// back sends a browser without script to the page that has the form.
func (a *App) back(c *gin.Context, in *web.Input) {
	to, _ := in.Field("return")
	c.Redirect(http.StatusSeeOther, a.URLs.Local(to))
}

// formClear is POST /ui/clear: it hides from this browser what a list has up to now.
// The events stay.
func (a *App) formClear(c *gin.Context) error {
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	list := in.Choice("list", "", clearable...)
	if !in.Has("list") {
		in.Missing("list")
	}
	if err := in.Problems.Err(); err != nil {
		return err
	}
	pr := readPrefs(c)
	pr.cuts[list] = a.Hub.Head()
	a.writePrefs(c, pr)
	if web.IsHTMX(c.Request) {
		return a.Render(c, http.StatusOK, views.ClearedFragment(pr.lang, list))
	}
	a.back(c, in)
	return nil
}

// formConnection is POST /ui/connection: it opens, ends or renews the page's one stream,
// with an element that connects or does not.
func (a *App) formConnection(c *gin.Context) error {
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	act := in.Choice("action", "", "connect", "disconnect", "reconnect")
	if !in.Has("action") {
		in.Missing("action")
	}
	shown := strings.Split(in.Text("cards"), ",")
	for _, id := range shown {
		if !in.Has("cards") || !a.checkCard(&in.Problems, id, "body", "cards") {
			break
		}
	}
	if err := checkFormRates(in); err != nil {
		return err
	}
	if !web.IsHTMX(c.Request) {
		a.back(c, in) // without script there is no stream to open or end
		return nil
	}
	p := a.Page(c, "")
	if act != "disconnect" {
		// The page may have missed anything meanwhile: without a position its stream
		// begins with everything it shows.
		q := liveQuery{cards: shown, lang: p.Lang, user: p.User, view: newView()}
		p.LiveURL = a.URLs.Path(q.url())
	}
	return a.Render(c, http.StatusOK, views.ConnectionFragment(p))
}

// statsFragment is GET /ui/stats: the statistics card's content.
func (a *App) statsFragment(c *gin.Context) error {
	p := a.Page(c, "")
	if !web.IsHTMX(c.Request) {
		c.Redirect(http.StatusSeeOther, a.URLs.Path("/"))
		return nil
	}
	return a.Render(c, http.StatusOK, views.StatsFragment(p.Lang, a.boards.Readings().Streams))
}

// formBroadcast is POST /ui/broadcast. Its channel is a field, because a form without
// script cannot put it into the path.
func (a *App) formBroadcast(c *gin.Context) error {
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	channel, message := in.Text("channel"), in.Text("message")
	if channel != "" {
		in.Problems.Channel(channel, "body", "channel")
	}
	if err := in.Problems.Err(); err != nil {
		return err
	}
	var o web.Object
	o.Set("message", message)
	return a.Sender.Broadcast(c, channel, o)
}

// formNotify is POST /ui/notify. Its user is a field, too.
func (a *App) formNotify(c *gin.Context) error {
	in, err := a.Read(c)
	if err != nil {
		return err
	}
	before := len(in.Problems)
	text := in.Text("user_id")
	var user int64
	if len(in.Problems) == before {
		user = in.Problems.UserID(text, "body", "user_id")
	}
	return a.Sender.Notify(c, in, user, "")
}

// formNotifyTest is POST /ui/notify-test: a notification to the user whose
// notifications the page shows.
func (a *App) formNotifyTest(c *gin.Context) error {
	p := a.Page(c, "")
	m := views.SentencesIn(p.Lang)
	in := &web.Input{}
	in.Object.Set("title", m.TestTitle)
	in.Object.Set("message", m.TestMessage+" "+strconv.FormatInt(p.User, 10))
	in.Object.Set("level", "success")
	return a.Sender.Notify(c, in, p.User, "")
}
