package handlers

import (
	"errors"
	"latido/handlers/access"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
)

// route registers a route with its use and its door; there is no other way to
// register one. The address's rate comes first, before a key or token is looked at,
// and the principal's when the door has let in.
func (a *api) route(r *gin.Engine, u use, path string, d door, do action) {
	a.routeBy(a.identify, r, u, path, d, do)
}

// routeBy is route with another way to know who makes the request.
func (a *api) routeBy(identify func(*gin.Context) (*access.Principal, error), r *gin.Engine, u use, path string, d door, do action) {
	a.doors[u.method()+" "+path] = d
	r.Handle(u.method(), path, a.handle(func(c *gin.Context) error {
		t, err := a.enter(c, u)
		if err != nil {
			return err
		}
		p, err := identify(c)
		if d != nil {
			if err == nil {
				err = d(c, p)
			}
			if err != nil {
				return a.refuse(c, p, err)
			}
		}
		if err := a.take(c, t, p); err != nil {
			return err
		}
		return do(c)
	}))
}

const principalKey = "latido.principal"

// identify answers who makes the request, and keeps it for the handler.
func (a *api) identify(c *gin.Context) (*access.Principal, error) {
	p, err := a.Access.Identify(c.Request)
	if err != nil {
		return nil, err
	}
	if p.Cookie && a.foreign(c.Request) {
		// A page of another site makes the browser send the cookie with a GET, too.
		return nil, errForeign
	}
	c.Set(principalKey, p)
	return p, nil
}

// errForeign refuses what a page of another site makes a browser send.
var errForeign = &statusError{status: http.StatusForbidden, detail: "The request comes from a page of another site"}

// foreign reports whether a browser says that another site's page asks, and not one
// of Config.Origins.
func (a *api) foreign(r *http.Request) bool {
	return !ownPage(r) && !a.trusts(r.Header.Get("Origin"))
}

// ownPage reports whether no browser says that it is another site's page that asks.
func ownPage(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") != "cross-site" || r.Header.Get("Sec-Fetch-Mode") == "navigate"
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// who is the principal of a request whose door let it in.
func who(c *gin.Context) *access.Principal {
	if p, ok := c.Value(principalKey).(*access.Principal); ok {
		return p
	}
	return &access.Principal{Kind: access.Anyone} // nobody was asked: an error's page
}

// denied tells in words what is missing.
func denied(what string) error {
	return &statusError{status: http.StatusForbidden, detail: "Not allowed: " + what}
}

// refuse turns a refusal into the answer for who was refused: one who shows
// nothing is asked to, in a browser by the login page.
func (a *api) refuse(c *gin.Context, p *access.Principal, err error) error {
	var status *statusError
	isDenied := errors.As(err, &status) && status.status == http.StatusForbidden
	unknown := errors.Is(err, access.ErrUnknown)
	if !unknown && !isDenied {
		return err
	}
	a.audit(c, "refused", c.Request.Method+" "+c.FullPath())
	if !unknown && (p == nil || p.Kind != access.Anyone) {
		return err
	}
	if wantsHTML(c.Request) && c.Request.Method == http.MethodGet && !isHTMX(c.Request) {
		c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		return nil
	}
	c.Header("WWW-Authenticate", `Bearer realm="latido"`)
	return &statusError{status: http.StatusUnauthorized, detail: "Log in, or send a key or token as Authorization: Bearer"}
}
