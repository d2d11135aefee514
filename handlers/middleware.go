package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"
)

// policy allows what the pages load and nothing else: no inline script or
// style, no frames around us, no other host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure is set on every answer; the values are shared and only read.
var secure = map[string][]string{
	"Content-Security-Policy":    {policy},
	"X-Content-Type-Options":     {"nosniff"},
	"Referrer-Policy":            {"same-origin"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
}

// strictTransport has browsers use TLS with this host for a year (RFC 6797).
var strictTransport = []string{"max-age=31536000"}

// secret is set on every answer to an address that holds a secret: it goes to no
// other page, no store and no index (RFC 9111, 5.2.2.5).
var secret = map[string][]string{
	"Referrer-Policy": {"no-referrer"},
	"Cache-Control":   {"no-store"},
	"X-Robots-Tag":    {"noindex"},
}

func secureHeaders(c *gin.Context) {
	maps.Copy(c.Writer.Header(), secure)
	if c.Request.TLS != nil {
		c.Writer.Header()["Strict-Transport-Security"] = strictTransport
	}
	if isShare(c.Request) {
		maps.Copy(c.Writer.Header(), secret)
	}
	c.Next()
}

// sameOrigin refuses what a page of another site makes a browser send. Programs
// such as curl send neither Origin nor Sec-Fetch-Site and are not concerned.
func (a *api) sameOrigin(c *gin.Context) {
	if err := a.crossOrigin.Check(c.Request); err != nil {
		a.fail(c, errForeign)
	}
}

// recover turns a panic into a 500 and a record. The panic with which net/http
// lets a handler break off stays what it is.
func (a *api) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v)
		}
		a.fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	}()
	c.Next()
}

// isHTMX reports whether htmx asks, which swaps fragments into a page.
func isHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// wantsHTML reports whether the client prefers HTML over JSON. A client that
// takes anything, like curl, gets JSON.
func wantsHTML(r *http.Request) bool {
	for _, part := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, params, _ := strings.Cut(strings.TrimSpace(strings.ToLower(part)), ";")
		refused := strings.ReplaceAll(params, " ", "") == "q=0"
		switch strings.TrimSpace(kind) {
		case "text/html", "application/xhtml+xml":
			if !refused {
				return true
			}
		case "application/json":
			if !refused {
				return false
			}
		}
	}
	return false
}

// writeJSON answers JSON as it is, without escaping what HTML would want.
func writeJSON(c *gin.Context, status int, body any) { c.PureJSON(status, body) }
