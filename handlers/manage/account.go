package manage

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/web"
	"latido/views"
)

// accountPage is GET /account: the person who is logged in.
func (a *App) accountPage(c *gin.Context) error {
	return a.showAccount(c, http.StatusOK, func(l views.Lang, v *views.Account) { v.Done = views.DoneResult(l, c.Query("done")) })
}

// changePassword is POST /account: one's own password, with the present one. All
// sessions of the person end, and this browser gets a new one.
func (a *App) changePassword(c *gin.Context, in form) error {
	me := web.Principal(c).Name
	present, password := in.Text("present"), in.newPassword()
	if len(in.Problems) > 0 {
		return a.accountRefused(c, in.Problems)
	}
	secret, until, err := a.Access.ChangePassword(c.Request.Context(), me, present, password, web.ClientNetwork(c.Request).String())
	var often *limits.RateError
	switch {
	case errors.As(err, &often):
		a.Record(c, "password change refused: too many tries", me)
		return a.accountWait(c, often)
	case errors.Is(err, access.ErrUnknown):
		a.Record(c, "password change refused: not the present one", me)
		in.Problems.Add("wrong_password", "This is not the current password: try again", "body", "present")
		return a.accountRefused(c, in.Problems)
	case err != nil:
		return web.Unchanged("change the own password", err)
	}
	a.Record(c, "password changed", me)
	a.setSession(c, secret, until)
	if !web.IsHTMX(c.Request) {
		web.Leave(c, a.done("/account", views.DoneAccount))
		return nil
	}
	return a.showAccount(c, http.StatusOK, func(l views.Lang, v *views.Account) { v.Done = views.DoneResult(l, views.DoneAccount) })
}

// accountRefused shows the form again, with what is wrong.
func (a *App) accountRefused(c *gin.Context, bad web.Problems) error {
	if !web.WantsHTML(c.Request) {
		return bad
	}
	return a.showAccount(c, http.StatusUnprocessableEntity, func(l views.Lang, v *views.Account) {
		v.Errors = fieldErrors(l, bad)
		v.Done = views.RefusedResult(l, views.FormAccount, v.Errors)
	})
}

// accountWait says that there were too many tries.
func (a *App) accountWait(c *gin.Context, often *limits.RateError) error {
	refused := a.LoginRefused(often)
	if !web.WantsHTML(c.Request) {
		return refused
	}
	c.Header("Retry-After", strconv.Itoa(refused.After))
	return a.showAccount(c, http.StatusTooManyRequests, func(l views.Lang, v *views.Account) {
		v.Errors = views.FieldErrors{{Field: "present", Message: views.TooManyTries(l, refused.After)}}
		v.Done = views.RefusedResult(l, views.FormAccount, v.Errors)
	})
}

// showAccount responds with the page or, to htmx, with the parts that change.
func (a *App) showAccount(c *gin.Context, status int, fill func(views.Lang, *views.Account)) error {
	info, err := a.Access.Person(web.Principal(c).Name)
	if err != nil {
		return web.Unchanged("look up the own account", err)
	}
	p := a.cfg.Frame(c, "/account")
	v := views.Account{Person: info}
	fill(p.Lang, &v)
	return a.RenderPage(c, status, views.AccountPage(p, v), views.AccountFragment(p, v))
}
