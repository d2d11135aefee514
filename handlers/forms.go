package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/hub"
	"latido/views"
)

// answerResult answers a form in HTML: htmx gets the fragment for the form's
// result, a browser without script a page.
func (a *api) answerResult(c *gin.Context, status int, p views.Page, r views.Result) {
	r.Form = formOf[c.FullPath()]
	if isHTMX(c.Request) {
		a.render(c, status, views.ResultFragment(p.Lang, r))
		return
	}
	a.render(c, status, views.ResultPage(p, r))
}

// formOf names the form behind a route, so that an answer can point at fields.
var formOf = map[string]string{
	"/ui/broadcast":     views.FormBroadcast,
	"/ui/notify":        views.FormNotify,
	"/ui/notify-test":   views.FormNotifyTest,
	"/tasks/export":     views.FormExport,
	"/tasks/:id/cancel": views.FormCancel,
	"/ui/clear":         views.FormClear,
	"/ui/connection":    views.FormConnection,
	"/ui/prefs":         views.FormUser,
	"/login":            views.FormLogin,
}

// field reads a form's field that may be missing.
func (in *input) field(name string) (string, bool) {
	if _, given := in.object.get(name); !given {
		return "", false
	}
	return in.text(name), true
}

// formPrefs is POST /ui/prefs: language, theme, user, log levels. Fields that
// are not given stay as they are. A box that is not ticked is not sent, so the
// field log_levels says that the boxes were there.
func (a *api) formPrefs(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	pr := readPrefs(c)
	if text, given := in.field("lang"); given {
		l, ok := views.ParseLang(text)
		if !ok {
			in.bad.add("literal_error", "Input should be 'es' or 'en'", "body", "lang")
		}
		pr.lang, pr.chosen = l, true
	}
	if text, given := in.field("theme"); given {
		if text == "auto" {
			text = ""
		}
		if !validTheme(text) {
			in.bad.add("literal_error", "Input should be 'light', 'dark' or 'auto'", "body", "theme")
		}
		pr.theme = text
	}
	if text, given := in.field("user"); given {
		pr.user = in.bad.userID(text, "body", "user")
		if err := mayReadUser(who(c), pr.user); pr.user > 0 && err != nil {
			return err
		}
	}
	in.readLevels(&pr)
	if err := in.bad.err(); err != nil {
		return err
	}
	pr.write(c.Writer, c.Request.TLS != nil)
	if isHTMX(c.Request) {
		c.Status(http.StatusNoContent) // CSS has already done what was asked
		return nil
	}
	back(c, in)
	return nil
}

func (in *input) has(name string) bool {
	_, given := in.object.get(name)
	return given
}

func (in *input) readLevels(pr *prefs) {
	if !in.has("log_levels") {
		return
	}
	for _, level := range logLevels {
		pr.hidden[level] = !in.has("log_" + level)
	}
}

// back sends a browser without script to the page the form stood on.
func back(c *gin.Context, in *input) {
	to, _ := in.field("return")
	if !safeLink(to) || !strings.HasPrefix(to, "/") {
		to = "/"
	}
	c.Redirect(http.StatusSeeOther, to)
}

// formClear is POST /ui/clear: this browser sees nothing of a list up to now.
// The events themselves stay.
func (a *api) formClear(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	list := in.choice("list", "", clearable...)
	if !in.has("list") {
		in.missing("list")
	}
	if err := in.bad.err(); err != nil {
		return err
	}
	pr := readPrefs(c)
	pr.cuts[list] = a.Hub.Head()
	pr.write(c.Writer, c.Request.TLS != nil)
	if isHTMX(c.Request) {
		a.render(c, http.StatusOK, views.ClearedFragment(pr.lang, list))
		return nil
	}
	back(c, in)
	return nil
}

// formConnection is POST /ui/connection: opens, ends or renews the page's one
// stream by answering an element that does or does not connect.
func (a *api) formConnection(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	act := in.choice("action", "", "connect", "disconnect", "reconnect")
	if !in.has("action") {
		in.missing("action")
	}
	shown := strings.Split(in.text("cards"), ",")
	for _, card := range shown {
		if !in.has("cards") {
			break
		}
		if !slices.Contains(cards, card) {
			in.bad.add("literal_error", "Input should be one or more of "+strings.Join(cards, ", "), "body", "cards")
			break
		}
	}
	rates := in.rates()
	if err := in.bad.err(); err != nil {
		return err
	}
	if !isHTMX(c.Request) {
		back(c, in) // without script there is no stream to open or end
		return nil
	}
	p := a.limitedPage(c, rates, "", shown...)
	if act == "disconnect" {
		p.LiveURL = ""
	} else {
		// The page may have missed anything meanwhile: a position of no epoch
		// makes the stream begin with the whole state.
		p.LiveURL = strings.Replace(p.LiveURL, "after="+p.Position, "after="+(hub.ID{Epoch: "0"}).String(), 1)
	}
	a.render(c, http.StatusOK, views.ConnectionFragment(p.Lang, p.LiveURL, p.Beat))
	return nil
}

// statsFragment is GET /ui/stats: the statistics card's content.
func (a *api) statsFragment(c *gin.Context) error {
	p := a.page(c, "")
	if !isHTMX(c.Request) {
		c.Redirect(http.StatusSeeOther, "/")
		return nil
	}
	a.render(c, http.StatusOK, views.StatsFragment(p.Lang, p.Beat.Stats))
	return nil
}
