package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/hub/kv"
	"latido/views"
)

const (
	maxListed   = 100 // entries of a list; the others are found by name
	searchAbove = 20  // entries of a list that one still looks through
	maxQuery    = 64  // bytes of what is looked for
)

// accessPage is GET /access: people, API keys and share links.
func (a *api) accessPage(c *gin.Context) error {
	p := a.page(c, "/access")
	v := a.accessView(c, c.Query("q"))
	v.Done = views.DoneResult(p.Lang, c.Query("done"))
	a.render(c, http.StatusOK, views.AccessPage(p, v, nil))
	return nil
}

// accessView is who may do what, of those whose name has q in it, with empty forms.
func (a *api) accessView(c *gin.Context, q string) views.Access {
	q = strings.ToValidUTF8(q[:min(len(q), maxQuery)], "")
	v := views.Access{Query: q, NewPerson: views.NewPerson{Role: string(access.Viewer)}, NewKey: views.NewKey{Expires: "90"}, NewLink: views.NewLink{Expires: "30"}}
	people, keys, links := a.Access.People(), a.Access.Keys(), a.Access.Links()
	v.Search = q != "" || max(len(people), len(keys), len(links)) > searchAbove
	own := who(c).Name
	v.People, v.TotalPeople = listed(people, func(i access.PersonInfo) bool { return named(i.Name, q) },
		func(i access.PersonInfo) views.Person { return presentPerson(i, own) })
	v.Keys, v.TotalKeys = listed(keys, func(k access.KeyInfo) bool { return named(k.Name, q) }, presentKey)
	v.Links, v.TotalLinks = listed(links, func(l access.ShareLink) bool { return named(l.Name, q) }, presentLink)
	return v
}

func named(name, q string) bool { return strings.Contains(strings.ToLower(name), strings.ToLower(q)) }

// listed presents the first of those that are looked for, and counts all of them.
func listed[From, To any](all []From, wanted func(From) bool, present func(From) To) (list []To, total int) {
	for _, one := range all {
		if !wanted(one) {
			continue
		}
		if total++; total <= maxListed {
			list = append(list, present(one))
		}
	}
	return list, total
}

// errUnchanged says of a change of people, keys or links that it is not stored.
var errUnchanged = errors.New("not stored")

// unchanged wraps an error with what was attempted.
func unchanged(what string, err error) error {
	if errors.Is(err, kv.ErrUnavailable) {
		return fmt.Errorf("%s: %w: %w", what, errUnchanged, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// accessDone answers a form of /access that did what it is for: htmx gets the parts
// of the page that changed, and a browser without script goes back to it.
func (a *api) accessDone(c *gin.Context, done, back string) error {
	if !isHTMX(c.Request) {
		return leave(c, back)
	}
	p := a.page(c, "/access")
	v := a.accessView(c, "")
	v.Done = views.DoneResult(p.Lang, done)
	a.render(c, http.StatusOK, views.AccessFragment(p.Lang, v, nil))
	return nil
}

// accessRefused answers a form of /access with something wrong, with what was
// filled in: fill puts it into the page.
func (a *api) accessRefused(c *gin.Context, bad problems, form string, fill func(*views.Access, views.FieldErrors)) error {
	if !wantsHTML(c.Request) {
		return bad
	}
	p := a.page(c, "/access")
	v := a.accessView(c, "")
	e := fieldErrors(p.Lang, bad)
	fill(&v, e)
	v.Done = views.RefusedResult(p.Lang, form, e)
	if isHTMX(c.Request) {
		a.render(c, http.StatusUnprocessableEntity, views.AccessFragment(p.Lang, v, nil))
		return nil
	}
	a.render(c, http.StatusUnprocessableEntity, views.AccessPage(p, v, nil))
	return nil
}

// accessMade shows a secret to who has just made it, in a page or a part of one,
// which nobody keeps (Cache-Control: no-store).
func (a *api) accessMade(c *gin.Context, made views.Made) error {
	p := a.page(c, "/access")
	v := a.accessView(c, "")
	v.Done = made.Result(p.Lang)
	made.Base = p.BaseURL
	if isHTMX(c.Request) {
		a.render(c, http.StatusOK, views.AccessFragment(p.Lang, v, &made))
		return nil
	}
	a.render(c, http.StatusOK, views.AccessPage(p, v, &made))
	return nil
}

// fieldErrors says in a language what is wrong with each field.
func fieldErrors(l views.Lang, bad problems) (e views.FieldErrors) {
	m := views.AnswersIn(l)
	for _, one := range bad {
		e = append(e, views.FieldError{Field: one.Loc[len(one.Loc)-1], Message: m.Problem(one.Type, one.Msg)})
	}
	return e
}
