package manage

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/web"
	"latido/views"
)

// loginPage is GET /login.
func (a *App) loginPage(c *gin.Context) error {
	return a.Render(c, http.StatusOK, views.LoginPage(a.cfg.Frame(c, views.LoginPath), views.Login{Next: a.URLs.Local(c.Query("next"))}))
}

// login is POST /login. It makes a new session, whatever cookie came with it.
func (a *App) login(c *gin.Context, in form) error {
	name, password := in.Text("name"), in.Text("password")
	next, _ := in.Field("next")
	next = a.URLs.Local(next)
	if err := in.Problems.Err(); err != nil {
		return err
	}
	secret, until, err := a.Access.Login(c.Request.Context(), name, password, web.ClientNetwork(c.Request).String())
	var often *limits.RateError
	switch {
	case errors.As(err, &often):
		a.Record(c, "login refused: too many tries", "")
		refused := a.LoginRefused(often)
		if !web.WantsHTML(c.Request) {
			return refused
		}
		return a.loginAgain(c, http.StatusTooManyRequests, name, next, refused.After)
	case errors.Is(err, access.ErrUnknown):
		a.Record(c, "login refused: name or password", "") // not the name: it may be a password
		return a.loginAgain(c, http.StatusUnauthorized, name, next, 0)
	case errors.Is(err, access.ErrBusy), errors.Is(err, access.ErrMany):
		return &web.StatusError{Status: http.StatusServiceUnavailable, Detail: "Too many people are logging in at this moment: try again in a few seconds"}
	case err != nil:
		return fmt.Errorf("log in: %w", err)
	}
	a.Record(c, "login", name)
	a.setSession(c, secret, until)
	web.Leave(c, next)
	return nil
}

// loginAgain shows the form again after a try that failed. It says the same for an
// unknown name and a wrong password.
func (a *App) loginAgain(c *gin.Context, status int, name, next string, after int) error {
	if !web.WantsHTML(c.Request) {
		return &web.StatusError{Status: status, Detail: "Name or password is wrong: check both and try again"}
	}
	if after > 0 {
		c.Header("Retry-After", strconv.Itoa(after))
	}
	p := a.cfg.Frame(c, views.LoginPath)
	l := views.Login{Next: next, Name: name, Wrong: after == 0, After: time.Duration(after) * time.Second}
	return a.RenderPage(c, status, views.LoginPage(p, l), views.LoginFragment(p.Lang, l))
}

// logout is POST /logout: the session ends, and with it its streams on all nodes.
func (a *App) logout(c *gin.Context) error {
	if cookie, err := c.Request.Cookie(access.CookieName(web.IsTLS(c.Request))); err == nil {
		if err := a.Access.Logout(c.Request.Context(), cookie.Value); err != nil {
			return fmt.Errorf("log out: %w", err)
		}
		a.Record(c, "logout", web.Principal(c).Name)
	}
	a.setSession(c, "", time.Unix(1, 0))
	c.Header("Clear-Site-Data", `"cache"`)
	web.Leave(c, a.URLs.Path(web.LoginPath))
	return nil
}

// setSession sets the session's cookie, or with a time that has passed removes it.
func (a *App) setSession(c *gin.Context, secret string, until time.Time) {
	a.SetCookie(c, http.Cookie{Name: access.CookieName(web.IsTLS(c.Request)), Value: secret, Expires: until})
}
