package pages

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/hub"
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
		return nil, &web.StatusError{Status: http.StatusNotFound, Detail: "Not Found"}
	}
	web.SetPrincipal(c, p)
	return p, nil
}

// readShare reads the query of a link's page or stream; cards and user are the
// link's.
func readShare(c *gin.Context) (liveQuery, error) {
	var ps web.Problems
	link := web.Principal(c)
	q := liveQuery{lang: browserLang(c), user: link.User, watch: true, share: web.SharePrefix + url.PathEscape(web.PathParam(c, "secret"))}
	for _, card := range cards {
		ofNobody := card == "notifications" && link.User == 0
		if slices.Contains(link.Cards, card) && !ofNobody {
			q.cards = append(q.cards, card)
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
	at := a.newest(c.Request.Context())
	q.view, q.after = newView(), hub.ResumeToken{ID: at}
	p := views.Page{Lang: q.lang, Position: at.String(), LiveURL: a.URLs.Path(q.url()), Demo: a.Demo, Beat: a.beat(q)}
	return web.Render(c, http.StatusOK, views.SharePage(p, views.Share{
		Name: web.Principal(c).Name, URL: a.URLs.Path(q.share) + "?lang=" + string(q.lang), Cards: q.cards, Dashboard: a.dashboard(q.prefs(), at, q.cards),
	}))
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

// sharedBeat leaves in a heartbeat what the cards of a link show. It removes why a
// producer fails, because that may name addresses and paths.
func sharedBeat(b views.Beat, shown []string) views.Beat {
	b.Streams = slices.DeleteFunc(slices.Clone(b.Streams), func(s views.StreamState) bool { return !slices.Contains(shown, s.Name) })
	for i := range b.Streams {
		b.Streams[i].Error = ""
	}
	b.Stats = views.Stats{}
	if b.Hub != nil {
		h := *b.Hub
		h.Producers = slices.Clone(h.Producers)
		for i := range h.Producers {
			h.Producers[i].Error = ""
		}
		b.Hub = &h
	}
	return b
}
