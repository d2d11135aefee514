package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/views"
)

// loginPage is GET /login.
func (a *api) loginPage(c *gin.Context) error {
	a.render(c, http.StatusOK, views.LoginPage(a.page(c, views.LoginPath), views.Login{Next: localPath(c.Query("next"))}))
	return nil
}

// localPath is a path on this server, "/" for whatever else.
func localPath(text string) string {
	if !safeLink(text) || text[0] != '/' {
		return "/"
	}
	return text
}

// login is POST /login: the form of the page. It makes a new session, whatever
// cookie came with it.
func (a *api) login(c *gin.Context) error {
	in, err := a.read(c)
	if err != nil {
		return err
	}
	name, password := in.text("name"), in.text("password")
	next, _ := in.field("next")
	next = localPath(next)
	if err := in.bad.err(); err != nil {
		return err
	}
	secret, until, err := a.Access.Login(c.Request.Context(), name, password, network(c.Request).String())
	var often *limits.RateError
	switch {
	case errors.As(err, &often):
		a.audit(c, "login refused: too many tries", "")
		a.limiter.refused[logins].Add(1)
		return a.loginAgain(c, http.StatusTooManyRequests, name, next, often.Seconds())
	case errors.Is(err, access.ErrUnknown):
		a.audit(c, "login refused: name or password", "") // not the name: it may be a password
		return a.loginAgain(c, http.StatusUnauthorized, name, next, 0)
	case errors.Is(err, access.ErrBusy), errors.Is(err, access.ErrMany):
		return &statusError{status: http.StatusServiceUnavailable, detail: "Too many people log in at once: try again in a moment"}
	case err != nil:
		return fmt.Errorf("log in: %w", err)
	}
	a.audit(c, "login", name)
	setSession(c, secret, until)
	return leave(c, next)
}

// leave sends a browser to another page, also when htmx asked.
func leave(c *gin.Context, path string) error {
	c.Header("Cache-Control", "no-store")
	if isHTMX(c.Request) {
		c.Header("HX-Redirect", path)
		c.Status(http.StatusNoContent)
		return nil
	}
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// loginAgain answers a try that failed. It says the same whatever was wrong.
func (a *api) loginAgain(c *gin.Context, status int, name, next string, after int) error {
	switch {
	case !wantsHTML(c.Request) && after > 0:
		return &limitError{logins, fmt.Sprintf("Too many tries: try again in %d s", after), after}
	case !wantsHTML(c.Request):
		return &statusError{status: status, detail: "Name or password is wrong"}
	case after > 0:
		c.Header("Retry-After", strconv.Itoa(after))
	}
	p := a.page(c, views.LoginPath)
	l := views.Login{Next: next, Name: name, Wrong: after == 0, After: time.Duration(after) * time.Second}
	if isHTMX(c.Request) {
		a.render(c, status, views.LoginFragment(p.Lang, l))
		return nil
	}
	a.render(c, status, views.LoginPage(p, l))
	return nil
}

// logout is POST /logout: the session ends, and with it its streams on all nodes.
func (a *api) logout(c *gin.Context) error {
	if cookie, err := c.Request.Cookie(access.CookieName(c.Request.TLS != nil)); err == nil {
		if err := a.Access.Logout(c.Request.Context(), cookie.Value); err != nil {
			return fmt.Errorf("log out: %w", err)
		}
		a.audit(c, "logout", who(c).Name)
	}
	setSession(c, "", time.Unix(1, 0))
	c.Header("Clear-Site-Data", `"cache"`)
	return leave(c, views.LoginPath)
}

// setSession sets the session's cookie, or with a time that is over takes it away.
func setSession(c *gin.Context, secret string, until time.Time) {
	secure := c.Request.TLS != nil
	http.SetCookie(c.Writer, &http.Cookie{
		Name: access.CookieName(secure), Value: secret, Path: "/", Expires: until,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
}

// newTicket is POST /sse/ticket.
func (a *api) newTicket(c *gin.Context) error {
	text, err := a.Access.NewTicket(c.Request.Context(), who(c))
	if err != nil {
		return fmt.Errorf("make a ticket: %w", err)
	}
	c.Header("Cache-Control", "no-store")
	writeJSON(c, http.StatusOK, gin.H{"ticket": text, "expires_in": int(access.TicketLifetime.Seconds())})
	return nil
}
