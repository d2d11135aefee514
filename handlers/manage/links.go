package manage

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/views"
)

// addLink is POST /access/links. The link's secret is in this response and in no
// other.
func (a *App) addLink(c *gin.Context, in form) error {
	l := access.ShareLink{Name: in.label(), Expires: in.expires(), Cards: in.shareCards(a.cfg.Cards), User: in.user("user"), By: web.Principal(c).Name}
	if slices.Contains(l.Cards, "notifications") && in.Raw("user") == "" {
		in.Problems.Add("card_user", "The card of notifications needs a user: give a user id", "body", "user")
	}
	if len(in.Problems) > 0 {
		return a.accessRefused(c, in, views.FormLink)
	}
	secret, l, err := a.Access.AddLink(c.Request.Context(), l)
	if err != nil {
		return web.Unchanged("make a link", err)
	}
	a.Record(c, "link made", l.Name+" "+shortID(l.ID))
	if web.WantsJSON(c.Request) {
		return respond(c, madeLink{l, a.URLs.Absolute(c.Request, web.SharePrefix+secret), secret})
	}
	return a.accessMade(c, views.Made{Form: views.FormLink, Name: l.Name, Secret: a.URLs.Absolute(c.Request, web.SharePrefix+secret)})
}

// shortID tells links apart in the log: it is the beginning of an id, which is a
// digest.
func shortID(id string) string { return id[:min(len(id), 12)] }

// shareCards reads which of cards a link shows, and returns each once, in their order.
func (in form) shareCards(cards []string) (chosen []string) {
	given := in.List("cards")
	for _, card := range cards {
		if slices.Contains(given, card) {
			chosen = append(chosen, card)
		}
	}
	switch {
	case len(given) == 0:
		in.Problems.Add("missing", "Field required", "body", "cards")
	case slices.ContainsFunc(given, func(card string) bool { return !slices.Contains(cards, card) }):
		in.Problems.Add("literal_error", "Input should be one or more of "+strings.Join(cards, ", "), "body", "cards")
	}
	return chosen
}

// revokeLink is POST /access/links/{id}/revoke.
func (a *App) revokeLink(c *gin.Context, in form) error {
	id := web.PathParam(c, "id")
	if err := a.Access.RemoveLink(c.Request.Context(), id); err != nil {
		return web.Unchanged("revoke a link", err)
	}
	a.Record(c, "link revoked", shortID(id))
	return a.accessRevoked(c, in.Raw("q"), views.DoneLink)
}

// revokedQuery is the query of /access after a key or link is revoked: what was done,
// and what the list was searched for.
func revokedQuery(q, done string) url.Values {
	values := url.Values{"done": {done}}
	if q != "" {
		values.Set("q", q)
	}
	return values
}
