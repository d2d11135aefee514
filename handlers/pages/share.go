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

// A share link is a page for a screen that nobody is logged in at. Its address holds
// the secret, and nothing else can show it: no header, no query, no cookie.

// identifyLink answers the link of the path, and keeps it for the handler. What else
// the request shows counts neither for it nor against it.
func (a *App) identifyLink(c *gin.Context) (*access.Principal, error) {
	select {
	case <-a.Access.Ready():
	default: // to call the link unknown would take the page off its screen
		return nil, &web.StatusError{Status: http.StatusServiceUnavailable, Detail: "The server is still starting: try again in a moment"}
	}
	p, err := a.Access.Link(web.PathParam(c, "secret"))
	if err != nil { // never was, is over or revoked: the same to whoever asks
		return nil, &web.StatusError{Status: http.StatusNotFound, Detail: "Not Found"}
	}
	web.SetPrincipal(c, p)
	return p, nil
}

// readShare reads what a link's page or its stream may say for itself; cards and user
// are the link's.
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

// prefs are the choices of a link's page: none, so that all screens show the same.
func (q liveQuery) prefs() prefs { return prefs{lang: q.lang, user: q.user} }

// sharePage is GET /share/{secret}.
func (a *App) sharePage(c *gin.Context) error {
	q, err := readShare(c)
	if err != nil {
		return err
	}
	at := a.newest(c.Request.Context())
	q.view, q.after = newView(), hub.Place{ID: at}
	p := views.Page{Lang: q.lang, Position: at.String(), LiveURL: a.URLs.Path(q.url()), Demo: a.Demo, Beat: a.beat(q)}
	a.Render(c, http.StatusOK, views.SharePage(p, views.Share{
		Name: web.Principal(c).Name, URL: a.URLs.Path(q.share) + "?lang=" + string(q.lang), Cards: q.cards, Dashboard: a.dashboard(q.prefs(), at, q.cards),
	}))
	return nil
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

// sharedBeat leaves of a heartbeat what the cards of a link show. Why a producer
// fails is for those who are known: it may tell of addresses and paths.
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
