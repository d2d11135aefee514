package pages

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/streams/card"
	"latido/views"
)

// A share link is a page for a screen where nobody is logged in. Its path holds the
// secret, which is taken from no header, no query and no cookie.

// identifyLink finds the link of the path. Other credentials of the request count
// neither for it nor against it.
func (a *App) identifyLink(c *gin.Context) (*access.Principal, error) {
	select {
	case <-a.Access.Ready():
	default: // 404 would take the page off its screen
		return nil, &web.StatusError{Status: http.StatusServiceUnavailable, Detail: "The server is still starting: try again in a moment"}
	}
	p, err := a.Access.Link(web.PathParam(c, "secret"))
	if err != nil { // unknown, expired and revoked look the same
		return nil, web.ErrNotFound
	}
	web.SetPrincipal(c, p)
	return p, nil
}

// readShare reads the query of a link's page or stream; cards and user are the
// link's.
func readShare(c *gin.Context) (liveQuery, error) {
	var ps web.Problems
	link := web.Principal(c)
	q := liveQuery{lang: browserLang(c), user: link.User, share: web.SharePrefix + url.PathEscape(web.PathParam(c, "secret"))}
	for _, t := range card.All() {
		ofNobody := t.Personal && link.User == 0
		if t.Shareable && slices.Contains(link.Cards, t.Name) && !ofNobody {
			q.cards = append(q.cards, t.Name)
		}
	}
	readLang(c, &ps, &q)
	readView(c, &ps, &q)
	return q, ps.Err()
}

func browserLang(c *gin.Context) views.Lang {
	return views.MatchLang(c.GetHeader("Accept-Language"))
}

// prefs returns no choices of the browser, so that a link looks the same everywhere.
func (q liveQuery) prefs() prefs { return prefs{lang: q.lang, user: q.user} }

// sharePage is GET /share/{secret}.
func (a *App) sharePage(c *gin.Context) error {
	q, err := readShare(c)
	if err != nil {
		return err
	}
	q.view = newView()
	p := views.Page{Lang: q.lang, Demo: a.Demo, Public: true, ReadOnly: true, User: q.user}
	if err := a.fill(c, &p, q, q.prefs()); err != nil {
		return err
	}
	return a.Render(c, http.StatusOK, views.SharePage(p, views.Share{Name: web.Principal(c).Name, URL: a.URLs.Path(q.share) + "?lang=" + string(q.lang)}))
}

// shareLive is GET /share/{secret}/live: the one stream of a link's page. It ends
// with the link.
func (a *App) shareLive(c *gin.Context) error {
	q, err := readShare(c)
	if err != nil {
		return err
	}
	return a.pageStream(c, q, q.prefs())
}
