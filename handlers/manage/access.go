package manage

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/views"
)

const (
	maxListed   = 100 // entries of a list; the others are found by name
	searchAbove = 20  // entries of a list above which there is a search
	maxQuery    = 64  // bytes of a search
)

// accessPage is GET /access: people, API keys and share links.
func (a *App) accessPage(c *gin.Context) error {
	if web.WantsJSON(c.Request) {
		return respond(c, listing{list(a.Access.People()), list(a.Access.Keys()), list(a.Access.Links())})
	}
	p := a.cfg.Frame(c, "/access")
	v := a.accessView(c.Query("q"))
	v.Done = views.DoneResult(p.Lang, c.Query("done"))
	return a.Render(c, http.StatusOK, views.AccessPage(p, v, nil))
}

// accessView is the people, keys and links whose name has q in it, with empty forms.
func (a *App) accessView(q string) views.Access {
	q = strings.ToValidUTF8(q[:min(len(q), maxQuery)], "")
	v := views.Access{Query: q}
	people, keys, links := a.Access.People(), a.Access.Keys(), a.Access.Links()
	v.Search = q != "" || max(len(people), len(keys), len(links)) > searchAbove
	v.People, v.TotalPeople = listed(people, q, func(i access.PersonInfo) string { return i.Name })
	v.Keys, v.TotalKeys = listed(keys, q, func(k access.KeyInfo) string { return k.Name })
	v.Links, v.TotalLinks = listed(links, q, func(l access.ShareLink) string { return l.Name })
	return v
}

// listed returns the first maxListed of those whose name has q in it, and counts them.
func listed[T any](all []T, q string, name func(T) string) (list []T, total int) {
	for _, one := range all {
		if !strings.Contains(strings.ToLower(name(one)), strings.ToLower(q)) {
			continue
		}
		if total++; total <= maxListed {
			list = append(list, one)
		}
	}
	return list, total
}

// accessDone responds to a form of /access that succeeded: htmx gets the parts of the
// page that changed, and a browser without script goes back to it.
func (a *App) accessDone(c *gin.Context, done, back string) error {
	if !web.IsHTMX(c.Request) {
		web.Leave(c, back)
		return nil
	}
	p := a.cfg.Frame(c, "/access")
	v := a.accessView("")
	v.Done = views.DoneResult(p.Lang, done)
	return a.Render(c, http.StatusOK, views.AccessFragment(p, v, nil))
}

// accessRefused shows a form of /access again, with what is wrong and what was filled
// in.
func (a *App) accessRefused(c *gin.Context, in form, name string) error {
	if !web.WantsHTML(c.Request) {
		return in.Problems
	}
	p := a.cfg.Frame(c, "/access")
	v := a.accessView("")
	filled := views.Filled{Values: in.Values(), Errors: fieldErrors(p.Lang, in.Problems)}
	delete(filled.Values, "password")
	delete(filled.Values, "again")
	v.Forms = map[string]views.Filled{name: filled}
	v.Done = views.RefusedResult(p.Lang, name, filled.Errors)
	return a.RenderPage(c, http.StatusUnprocessableEntity, views.AccessPage(p, v, nil), views.AccessFragment(p, v, nil))
}

// accessMade shows a new secret to the caller that made it, in a page or a part of one that
// no cache keeps (Cache-Control: no-store).
func (a *App) accessMade(c *gin.Context, made views.Made) error {
	p := a.cfg.Frame(c, "/access")
	v := a.accessView("")
	v.Done = made.Result(p.Lang)
	made.Base = p.BaseURL
	return a.RenderPage(c, http.StatusOK, views.AccessPage(p, v, &made), views.AccessFragment(p, v, &made))
}

// fieldErrors returns what is wrong with each field, in a language.
func fieldErrors(l views.Lang, bad web.Problems) (e views.FieldErrors) {
	m := views.SentencesIn(l)
	for _, one := range bad {
		e = append(e, views.FieldError{Field: one.Field(), Message: m.Problem(one.Type, one.Msg)})
	}
	return e
}
