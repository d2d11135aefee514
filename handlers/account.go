package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/views"
)

// accountPage is GET /account: the one who is logged in.
func (a *api) accountPage(c *gin.Context) error {
	return a.accountAnswer(c, http.StatusOK, func(l views.Lang, v *views.Account) { v.Done = views.DoneResult(l, c.Query("done")) })
}

// changePassword is POST /account: the own password, by who knows the present one.
// All sessions end, and the browser that asks gets a new one.
func (a *api) changePassword(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	me := who(c).Name
	present, password := in.text("present"), in.newPassword()
	if len(in.bad) > 0 {
		return a.accountRefused(c, in.bad)
	}
	secret, until, err := a.Access.ChangePassword(c.Request.Context(), me, present, password, network(c.Request).String())
	var often *limits.RateError
	switch {
	case errors.As(err, &often):
		a.audit(c, "password change refused: too many tries", me)
		return a.accountWait(c, often)
	case errors.Is(err, access.ErrUnknown):
		a.audit(c, "password change refused: not the present one", me)
		in.bad.add("wrong_password", "This is not the present password", "body", "present")
		return a.accountRefused(c, in.bad)
	case err != nil:
		return unchanged("change the own password", err)
	}
	a.audit(c, "password changed", me)
	setSession(c, secret, until)
	if !isHTMX(c.Request) {
		return leave(c, "/account?done="+views.DoneAccount)
	}
	return a.accountAnswer(c, http.StatusOK, func(l views.Lang, v *views.Account) { v.Done = views.DoneResult(l, views.DoneAccount) })
}

func (a *api) accountRefused(c *gin.Context, bad problems) error {
	if !wantsHTML(c.Request) {
		return bad
	}
	return a.accountAnswer(c, http.StatusUnprocessableEntity, func(l views.Lang, v *views.Account) {
		v.Errors = fieldErrors(l, bad)
		v.Done = views.RefusedResult(l, views.FormAccount, v.Errors)
	})
}

// accountWait says that there were too many tries.
func (a *api) accountWait(c *gin.Context, often *limits.RateError) error {
	a.limiter.refused[logins].Add(1)
	if !wantsHTML(c.Request) {
		return &limitError{logins, fmt.Sprintf("Too many tries: try again in %d s", often.Seconds()), often.Seconds()}
	}
	c.Header("Retry-After", strconv.Itoa(often.Seconds()))
	return a.accountAnswer(c, http.StatusTooManyRequests, func(l views.Lang, v *views.Account) {
		v.Errors = views.FieldErrors{{Field: "present", Message: views.TooManyTries(l, often.Seconds())}}
		v.Done = views.RefusedResult(l, views.FormAccount, v.Errors)
	})
}

// accountAnswer answers with the page or, to htmx for its form, with parts of it.
func (a *api) accountAnswer(c *gin.Context, status int, say func(views.Lang, *views.Account)) error {
	info, err := a.Access.Person(who(c).Name)
	if err != nil {
		return unchanged("look the own account up", err)
	}
	p := a.page(c, "/account")
	v := views.Account{Person: presentPerson(info, info.Name)}
	say(p.Lang, &v)
	if isHTMX(c.Request) {
		a.render(c, status, views.AccountFragment(p.Lang, v))
		return nil
	}
	a.render(c, status, views.AccountPage(p, v))
	return nil
}
