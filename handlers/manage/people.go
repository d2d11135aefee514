package manage

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/web"
	"latido/views"
)

// addPerson is POST /access/people.
func (a *App) addPerson(c *gin.Context, in form) error {
	name, role, user, password := in.Text("name"), in.role(), in.user("user"), in.newPassword()
	if err := access.CheckName(name); name != "" && err != nil {
		in.Problems.Add("person_name", sentence(err), "body", "name")
	}
	if len(in.Problems) == 0 {
		_, err := a.Access.AddPerson(c.Request.Context(), name, password, role, user)
		switch {
		case errors.Is(err, access.ErrExists):
			in.Problems.Add("taken", "There is already a person with this name: choose another", "body", "name")
		case errors.Is(err, access.ErrUserTaken):
			in.Problems.Add("user_taken", "The user id belongs to another person: choose another", "body", "user")
		case err != nil:
			return web.Unchanged("add a person", err)
		}
	}
	if len(in.Problems) > 0 {
		return a.accessRefused(c, in, views.FormPerson)
	}
	a.Record(c, "person added as "+string(role), name)
	if web.WantsJSON(c.Request) {
		return a.respondPerson(c, name)
	}
	return a.accessDone(c, views.DonePerson, a.done("/access", views.DonePerson))
}

// role reads a role.
func (in form) role() access.Role {
	if !in.Given("role") {
		in.Missing("role")
	}
	return access.Role(in.Choice("role", "", access.Roles...))
}

// user reads a user id, 0 when it is not given.
func (in form) user(field string) int64 {
	text, given := "", false
	if raw, _ := in.Object.Get(field); json.Valid(raw) && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') {
		text, given = string(raw), true // a JSON number
	} else {
		text, given = in.Optional(field)
	}
	if !given {
		return 0
	}
	return in.Problems.Int(text, 1, access.MaxUser, "body", field)
}

// newPassword reads a new password, which is typed twice.
func (in form) newPassword() string {
	before := len(in.Problems)
	password, again := in.Text("password"), in.Text("again")
	if len(in.Problems) > before {
		return ""
	}
	if err := access.CheckPassword(password); err != nil {
		in.Problems.Add("password", sentence(err), "body", "password")
	} else if password != again {
		in.Problems.Add("password_again", "The two passwords differ: type the same one twice", "body", "again")
	}
	return password
}

// personPage is GET /access/people/{name}.
func (a *App) personPage(c *gin.Context) error {
	if web.WantsJSON(c.Request) {
		return a.respondPerson(c, web.PathParam(c, "name"))
	}
	info, err := a.Access.Person(web.PathParam(c, "name"))
	if err != nil {
		return web.Unchanged("look up a person", err)
	}
	v := views.PersonChange{Person: info}
	p := a.cfg.Frame(c, c.Request.URL.EscapedPath())
	v.Done = views.DoneResult(p.Lang, c.Query("done"))
	return a.Render(c, http.StatusOK, views.PersonPage(p, v))
}

// setRole is POST /access/people/{name}/role.
func (a *App) setRole(c *gin.Context, in form) error {
	name, role := web.PathParam(c, "name"), in.role()
	if len(in.Problems) > 0 {
		return a.personRefused(c, name, views.FormRole, in.Problems)
	}
	err := a.Access.SetRole(c.Request.Context(), name, role)
	if errors.Is(err, access.ErrLastAdmin) {
		return a.lastAdmin(c, name, views.FormRole)
	}
	if err != nil {
		return web.Unchanged("change a role", err)
	}
	a.Record(c, "role changed to "+string(role), name)
	return a.personDone(c, name, views.DoneRole)
}

// setPassword is POST /access/people/{name}/password: another person's. One's own is
// changed at /account, where the present one is asked for.
func (a *App) setPassword(c *gin.Context, in form) error {
	name, password := web.PathParam(c, "name"), in.newPassword()
	if name == web.Principal(c).Name {
		return &web.StatusError{Status: http.StatusForbidden, Detail: "You cannot set your own password here: change it at /account, with the current one"}
	}
	if len(in.Problems) > 0 {
		return a.personRefused(c, name, views.FormSet, in.Problems)
	}
	if err := a.Access.SetPassword(c.Request.Context(), name, password); err != nil {
		return web.Unchanged("set a password", err)
	}
	a.Record(c, "password set", name)
	return a.personDone(c, name, views.DoneSet)
}

// removePerson is POST /access/people/{name}/remove.
func (a *App) removePerson(c *gin.Context) error {
	name := web.PathParam(c, "name")
	err := a.Access.RemovePerson(c.Request.Context(), name)
	if errors.Is(err, access.ErrLastAdmin) {
		return a.lastAdmin(c, name, views.FormRemove)
	}
	if err != nil {
		return web.Unchanged("remove a person", err)
	}
	a.Record(c, "person removed", name)
	if web.WantsJSON(c.Request) {
		return removed(c)
	}
	web.Leave(c, a.done("/access", views.DoneRemove))
	return nil
}

// personDone responds to a form of a person's page that succeeded.
func (a *App) personDone(c *gin.Context, name, done string) error {
	if web.WantsJSON(c.Request) {
		return a.respondPerson(c, name)
	}
	if !web.IsHTMX(c.Request) {
		web.Leave(c, a.done("/access/people/"+url.PathEscape(name), done))
		return nil
	}
	return a.showPerson(c, http.StatusOK, name, func(l views.Lang, v *views.PersonChange) { v.Done = views.DoneResult(l, done) })
}

// personRefused shows a form of a person's page again, with what is wrong.
func (a *App) personRefused(c *gin.Context, name, form string, bad web.Problems) error {
	if !web.WantsHTML(c.Request) {
		return bad
	}
	return a.showPerson(c, http.StatusUnprocessableEntity, name, func(l views.Lang, v *views.PersonChange) {
		e := fieldErrors(l, bad)
		v.Done = views.RefusedResult(l, form, e)
		if form == views.FormRole {
			v.Role = e
		} else {
			v.Password = e
		}
	})
}

// lastAdmin says that a form changed nothing, because the person is the last
// administrator.
func (a *App) lastAdmin(c *gin.Context, name, form string) error {
	if !web.WantsHTML(c.Request) {
		return access.ErrLastAdmin
	}
	return a.showPerson(c, http.StatusConflict, name, func(l views.Lang, v *views.PersonChange) { v.Done = views.LastAdminResult(l, form) })
}

// showPerson responds with a person's page or, to htmx, with the parts that change.
func (a *App) showPerson(c *gin.Context, status int, name string, fill func(views.Lang, *views.PersonChange)) error {
	info, err := a.Access.Person(name)
	if err != nil {
		return web.Unchanged("look up a person", err)
	}
	p := a.cfg.Frame(c, "/access/people/"+name)
	v := views.PersonChange{Person: info}
	fill(p.Lang, &v)
	return a.RenderPage(c, status, views.PersonPage(p, v), views.PersonFragment(p, v))
}
