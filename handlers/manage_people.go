package handlers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/views"
)

func presentPerson(i access.PersonInfo, own string) views.Person {
	return views.Person{Name: i.Name, Role: string(i.Role), User: i.User, Own: i.Name == own, At: i.Created.Local()}
}

// addPerson is POST /access/people.
func (a *api) addPerson(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	form := views.NewPerson{Name: in.kept("name"), Role: in.kept("role"), User: in.kept("user")}
	name, role, user, password := in.text("name"), in.role(), in.user("user"), in.newPassword()
	if err := access.CheckName(name); name != "" && err != nil {
		in.bad.add("person_name", err.Error(), "body", "name")
	}
	if len(in.bad) == 0 {
		_, err := a.Access.AddPerson(c.Request.Context(), name, password, role, user)
		switch {
		case errors.Is(err, access.ErrExists):
			in.bad.add("taken", "There is a person of this name", "body", "name")
		case errors.Is(err, access.ErrUserTaken):
			in.bad.add("user_taken", "The user id is another person's", "body", "user")
		case err != nil:
			return unchanged("add a person", err)
		}
	}
	if len(in.bad) > 0 {
		return a.accessRefused(c, in.bad, views.FormPerson, func(v *views.Access, e views.FieldErrors) {
			form.Errors = e
			v.NewPerson = form
		})
	}
	a.audit(c, "person added as "+string(role), name)
	return a.accessDone(c, views.DonePerson, "/access?done="+views.DonePerson)
}

// role reads a role.
func (in *input) role() access.Role {
	roles := make([]string, len(access.Roles))
	for i, r := range access.Roles {
		roles[i] = string(r)
	}
	if _, given := in.value("role"); !given {
		in.missing("role")
	}
	return access.Role(in.choice("role", "", roles...))
}

// maxUserID is the highest that a form takes: 2^53-1, to which JSON's numbers are
// the same everywhere (RFC 8259, section 6).
const maxUserID = 1<<53 - 1

// user reads a user id that may be missing: 0.
func (in *input) user(field string) int64 {
	text, given := in.optional(field)
	if !given {
		return 0
	}
	id := in.bad.userID(text, "body", field)
	if id > maxUserID {
		in.bad.add("less_than_equal", "Input should be less than or equal to 9007199254740991", "body", field)
	}
	return id
}

// newPassword reads a new password, which was typed twice.
func (in *input) newPassword() string {
	before := len(in.bad)
	password, again := in.text("password"), in.text("again")
	if len(in.bad) > before {
		return ""
	}
	if err := access.CheckPassword(password); err != nil {
		in.bad.add("password", err.Error(), "body", "password")
	} else if password != again {
		in.bad.add("password_again", "The two passwords differ", "body", "again")
	}
	return password
}

// personPage is GET /access/people/{name}.
func (a *api) personPage(c *gin.Context) error {
	info, err := a.Access.Person(pathParam(c, "name"))
	if err != nil {
		return unchanged("look a person up", err)
	}
	v := views.PersonChange{Person: presentPerson(info, who(c).Name)}
	p := a.page(c, c.Request.URL.EscapedPath())
	v.Done = views.DoneResult(p.Lang, c.Query("done"))
	a.render(c, http.StatusOK, views.PersonPage(p, v))
	return nil
}

// setRole is POST /access/people/{name}/role.
func (a *api) setRole(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	name, role := pathParam(c, "name"), in.role()
	if len(in.bad) == 0 {
		err = a.Access.SetRole(c.Request.Context(), name, role)
	}
	switch {
	case len(in.bad) > 0:
		return a.personRefused(c, name, views.FormRole, in.bad)
	case errors.Is(err, access.ErrLastAdmin):
		return a.lastAdmin(c, name, views.FormRole)
	case err != nil:
		return unchanged("change a role", err)
	}
	a.audit(c, "role changed to "+string(role), name)
	return a.personDone(c, name, views.DoneRole)
}

// setPassword is POST /access/people/{name}/password: another person's. The own is
// changed by who knows it, at /account.
func (a *api) setPassword(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	name, password := pathParam(c, "name"), in.newPassword()
	if name == who(c).Name {
		return &statusError{status: http.StatusForbidden, detail: "Not allowed: the own password is changed at /account"}
	}
	if len(in.bad) > 0 {
		return a.personRefused(c, name, views.FormSet, in.bad)
	}
	if err := a.Access.SetPassword(c.Request.Context(), name, password); err != nil {
		return unchanged("set a password", err)
	}
	a.audit(c, "password set", name)
	return a.personDone(c, name, views.DoneSet)
}

// removePerson is POST /access/people/{name}/remove.
func (a *api) removePerson(c *gin.Context) error {
	name := pathParam(c, "name")
	err := a.Access.RemovePerson(c.Request.Context(), name)
	if errors.Is(err, access.ErrLastAdmin) {
		return a.lastAdmin(c, name, views.FormRemove)
	}
	if err != nil {
		return unchanged("remove a person", err)
	}
	a.audit(c, "person removed", name)
	return leave(c, "/access?done="+views.DoneRemove)
}

// personDone answers a form of a person's page that did what it is for.
func (a *api) personDone(c *gin.Context, name, done string) error {
	if !isHTMX(c.Request) {
		return leave(c, "/access/people/"+name+"?done="+done)
	}
	return a.personAnswer(c, http.StatusOK, name, func(l views.Lang, v *views.PersonChange) { v.Done = views.DoneResult(l, done) })
}

func (a *api) personRefused(c *gin.Context, name, form string, bad problems) error {
	if !wantsHTML(c.Request) {
		return bad
	}
	return a.personAnswer(c, http.StatusUnprocessableEntity, name, func(l views.Lang, v *views.PersonChange) {
		e := fieldErrors(l, bad)
		v.Done = views.RefusedResult(l, form, e)
		if form == views.FormRole {
			v.Role = e
		} else {
			v.Password = e
		}
	})
}

// lastAdmin says why a form did nothing.
func (a *api) lastAdmin(c *gin.Context, name, form string) error {
	if !wantsHTML(c.Request) {
		return access.ErrLastAdmin
	}
	return a.personAnswer(c, http.StatusConflict, name, func(l views.Lang, v *views.PersonChange) { v.Done = views.LastAdminResult(l, form) })
}

// personAnswer answers a form of a person's page, by parts of it or the whole.
func (a *api) personAnswer(c *gin.Context, status int, name string, say func(views.Lang, *views.PersonChange)) error {
	info, err := a.Access.Person(name)
	if err != nil {
		return unchanged("look a person up", err)
	}
	p := a.page(c, "/access/people/"+name)
	v := views.PersonChange{Person: presentPerson(info, who(c).Name)}
	say(p.Lang, &v)
	if isHTMX(c.Request) {
		a.render(c, status, views.PersonFragment(p.Lang, v))
		return nil
	}
	a.render(c, status, views.PersonPage(p, v))
	return nil
}
