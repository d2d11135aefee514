package pages

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/hub"
	"latido/views"
)

// prefsCookie holds the choices of a browser, and no identity.
const prefsCookie = "latido_prefs"

const prefsAge = 365 * 24 * 60 * 60 // seconds

// prefs are one browser's choices. Its zero value is what a new browser gets,
// except for the language, which the request's Accept-Language decides.
type prefs struct {
	lang   views.Lang
	chosen bool   // lang was chosen, not guessed from the request
	theme  string // "light", "dark" or ""
	user   int64  // whose notifications are shown; 0 for nobody's
	hidden map[string]bool
	cuts   map[string]hub.ID // list → position up to which it was cleared
}

// logLevels and clearable are the names that may stand in prefs.
var (
	logLevels = []string{"error", "warning", "info", "debug"}
	clearable = []string{"logs", "notifications"}
)

// readPrefs reads the cookie. A value that this program would not have written counts
// as not given. A user whom the caller may not read is replaced by the caller's own, or
// by none.
func readPrefs(c *gin.Context) prefs {
	p := cookiePrefs(c.Request)
	if me := web.Principal(c); !me.Grant.Read.Has(p.user) {
		if p.user = me.User; !me.Grant.Read.Has(p.user) {
			p.user = 0
		}
	}
	return p
}

func cookiePrefs(r *http.Request) prefs {
	p := prefs{lang: views.MatchLang(r.Header.Get("Accept-Language")), user: 1, hidden: map[string]bool{}, cuts: map[string]hub.ID{}}
	cookie, err := r.Cookie(prefsCookie)
	if err != nil {
		return p
	}
	v, err := url.ParseQuery(cookie.Value)
	if err != nil {
		return p
	}
	if l, ok := views.ParseLang(v.Get("lang")); ok {
		p.lang, p.chosen = l, true
	}
	if t := v.Get("theme"); validTheme(t) {
		p.theme = t
	}
	if n, err := strconv.ParseInt(v.Get("user"), 10, 64); err == nil && n > 0 {
		p.user = n
	}
	for _, level := range logLevels {
		p.hidden[level] = v.Get("hide_"+level) == "1"
	}
	for _, list := range clearable {
		if id, ok := hub.ParseID(v.Get("clear_" + list)); ok {
			p.cuts[list] = id
		}
	}
	return p
}

func validTheme(t string) bool { return t == "light" || t == "dark" || t == "" }

// writePrefs sends the choices back to the browser.
func (a *App) writePrefs(c *gin.Context, p prefs) {
	v := url.Values{}
	if p.user > 0 {
		v.Set("user", strconv.FormatInt(p.user, 10))
	}
	if p.chosen {
		v.Set("lang", string(p.lang))
	}
	if p.theme != "" {
		v.Set("theme", p.theme)
	}
	for _, level := range logLevels {
		if p.hidden[level] {
			v.Set("hide_"+level, "1")
		}
	}
	for list, id := range p.cuts {
		v.Set("clear_"+list, id.String())
	}
	a.SetCookie(c, http.Cookie{Name: prefsCookie, Value: v.Encode(), MaxAge: prefsAge})
}

func (p prefs) levels() views.LogLevels {
	return views.LogLevels{Error: !p.hidden["error"], Warning: !p.hidden["warning"], Info: !p.hidden["info"], Debug: !p.hidden["debug"]}
}
