package handlers

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/views"
)

func presentLink(l access.ShareLink) views.ShareLink {
	return views.ShareLink{
		ID: l.ID, Name: l.Name, Cards: l.Cards, User: l.User, By: l.By, At: l.Created.Local(),
		Expires: local(l.Expires), Over: isOver(l.Expires),
	}
}

// addLink is POST /access/links. The link's secret is in this answer and nowhere
// else.
func (a *api) addLink(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	form := views.NewLink{Name: in.kept("name"), User: in.kept("user"), Expires: in.kept("expires"), Cards: in.list("cards")}
	l := access.ShareLink{Name: in.label(), Expires: in.expires(), Cards: in.shareCards(), User: in.user("user"), By: who(c).Name}
	if slices.Contains(l.Cards, "notifications") && form.User == "" {
		in.bad.add("card_user", "The card of notifications needs a user id", "body", "user")
	}
	if len(in.bad) > 0 {
		return a.accessRefused(c, in.bad, views.FormLink, func(v *views.Access, e views.FieldErrors) {
			form.Errors = e
			v.NewLink = form
		})
	}
	secret, l, err := a.Access.AddLink(c.Request.Context(), l)
	if err != nil {
		return unchanged("make a link", err)
	}
	a.audit(c, "link made", l.Name+" "+linkMark(l.ID))
	return a.accessMade(c, views.Made{Form: views.FormLink, Name: l.Name, Secret: baseURL(c.Request) + "/share/" + secret})
}

// linkMark is what tells links apart in the log: of an id, which is a digest, enough.
func linkMark(id string) string { return id[:min(len(id), 12)] }

// list reads a field that may be given several times, or be a list: what is no text
// is left out.
func (in *input) list(name string) (texts []string) {
	raw, given := in.object.get(name)
	if !given {
		return nil
	}
	if json.Unmarshal(raw, &texts) != nil {
		if one := in.kept(name); one != "" {
			return []string{one}
		}
		return nil
	}
	return texts
}

// shareCards reads which cards a link shows: in the order of a page, each once.
func (in *input) shareCards() (chosen []string) {
	given := in.list("cards")
	for _, card := range cards {
		if slices.Contains(given, card) {
			chosen = append(chosen, card)
		}
	}
	switch {
	case len(given) == 0:
		in.bad.add("missing", "Field required", "body", "cards")
	case slices.ContainsFunc(given, func(card string) bool { return !slices.Contains(cards, card) }):
		in.bad.add("literal_error", "Input should be one or more of "+strings.Join(cards, ", "), "body", "cards")
	}
	return chosen
}

// revokeLink is POST /access/links/{id}/revoke.
func (a *api) revokeLink(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	id := pathParam(c, "id")
	if err := a.Access.RemoveLink(c.Request.Context(), id); err != nil {
		return unchanged("revoke a link", err)
	}
	a.audit(c, "link revoked", linkMark(id))
	return a.accessRevoked(c, in.kept("q"), views.DoneLink)
}

// accessPath is the page with what was done, of those whose name has q in it.
func accessPath(q, done string) string {
	values := url.Values{"done": {done}}
	if q != "" {
		values.Set("q", q)
	}
	return "/access?" + values.Encode()
}
