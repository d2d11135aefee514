package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
)

const principalKey = "latido.principal"

// Identify finds the caller of a request and keeps it for Principal, with
// SetPrincipal.
type Identify func(*gin.Context) (*access.Principal, error)

// SetPrincipal keeps the caller of a request.
func SetPrincipal(c *gin.Context, p *access.Principal) { c.Set(principalKey, p) }

// Principal returns the caller of a request, one without grants where none was found.
func Principal(c *gin.Context) *access.Principal {
	if p, ok := c.Value(principalKey).(*access.Principal); ok {
		return p
	}
	return &access.Principal{Kind: access.Anyone} // the page of an error before identify
}

// identify is the Identify of all routes but share links'.
func (k *Kernel) identify(c *gin.Context) (*access.Principal, error) {
	p, err := k.Access.Identify(c.Request)
	if err != nil {
		return nil, err
	}
	if p.Cookie && k.foreign(c.Request) {
		// A page of another site makes the browser send the cookie with a GET, too.
		return nil, errForeign
	}
	SetPrincipal(c, p)
	return p, nil
}

// errForeign refuses what a page of another site makes a browser send.
var errForeign = &StatusError{Status: http.StatusForbidden, Detail: "The request comes from a page of another site, which may not do this: use the pages of this server"}

// IsForeign reports whether a failure is the refusal of a page of another site.
func (f Failure) IsForeign() bool { return f.Detail == errForeign.Detail }

// foreign reports whether a browser says that a page of another site sends the
// request, and of none of Config.Origins.
func (k *Kernel) foreign(r *http.Request) bool {
	return !ownPage(r) && !k.trusts(r.Header.Get("Origin"))
}

// ownPage reports whether no browser says that a page of another site sends the
// request.
func ownPage(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") != "cross-site" || r.Header.Get("Sec-Fetch-Mode") == "navigate"
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// refuse turns the error of identify or of a rule into the response: a caller
// without credentials is asked for some, in a browser by the login page.
func (k *Kernel) refuse(c *gin.Context, p *access.Principal, err error) error {
	var status *StatusError
	denied := errors.As(err, &status) && status.Status == http.StatusForbidden
	unknown := errors.Is(err, access.ErrUnknown)
	if !unknown && !denied {
		return err
	}
	k.Record(c, "refused", c.Request.Method+" "+c.FullPath())
	if !unknown && (p == nil || p.Kind != access.Anyone) {
		return err
	}
	if WantsHTML(c.Request) && c.Request.Method == http.MethodGet && !IsHTMX(c.Request) {
		c.Redirect(http.StatusSeeOther, k.URLs.Query(LoginPath, url.Values{"next": {k.URLs.Here(c.Request)}}))
		return nil
	}
	c.Header("WWW-Authenticate", `Bearer realm="latido"`)
	return &StatusError{Status: http.StatusUnauthorized, Detail: "Credentials are missing or not valid: log in, or send a key or token as Authorization: Bearer"}
}

// Record leaves an audit record of a login, a refusal, or a change of access: what
// was done, on whom or what, by whom, and from where. It must be given no secret; of
// a request it takes no path, in which one may be.
func (k *Kernel) Record(c *gin.Context, action, on string) {
	from := clientName(c.Request)
	if access.IsConsole(c.Request) {
		from = "control socket"
	}
	k.Audit.Info("audit", "action", action, "on", on, "who", Principal(c).Name, "from", from)
}
