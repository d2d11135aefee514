package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// policy allows what the pages load and nothing else: no inline script or
// style, no frames around them, no other host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure is set on every response; the values are shared and must not be changed.
var secure = map[string][]string{
	"Content-Security-Policy":    {policy},
	"X-Content-Type-Options":     {"nosniff"},
	"Referrer-Policy":            {"same-origin"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
}

// strictTransport has browsers use TLS with this host for a year (RFC 6797).
var strictTransport = []string{"max-age=31536000"}

// secret is set on every response for an address that holds a secret: it goes to no
// other page, no cache and no index (RFC 9111, 5.2.2.5).
var secret = map[string][]string{
	"Referrer-Policy": {"no-referrer"},
	"Cache-Control":   {"no-store"},
	"X-Robots-Tag":    {"noindex"},
}

func secureHeaders(c *gin.Context) {
	maps.Copy(c.Writer.Header(), secure)
	if IsTLS(c.Request) {
		c.Writer.Header()["Strict-Transport-Security"] = strictTransport
	}
	if IsShare(c.Request) {
		maps.Copy(c.Writer.Header(), secret)
	}
	c.Next()
}

// sameOrigin refuses what a page of another site makes a browser send. Programs
// such as curl send neither Origin nor Sec-Fetch-Site and are not concerned.
func (k *Kernel) sameOrigin(c *gin.Context) {
	if err := k.crossOrigin.Check(c.Request); err != nil {
		k.fail(c, errForeign)
	}
}

// recover turns a panic into a 500 and a log record. The panic with which net/http
// lets a handler break off stays what it is.
func (k *Kernel) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v)
		}
		k.fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	}()
	c.Next()
}

// bodyWait bounds how long a body may take to arrive.
const bodyWait = 5 * time.Second

// boundBody bounds the time of a request's body, also where no handler reads it. A body
// that never ends would hold its connection for ever, because net/http reads on to its
// end before it responds. Streams forbid a ReadTimeout for the whole server.
func boundBody(c *gin.Context) error {
	if c.Request.Body == http.NoBody {
		return nil
	}
	if err := http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyWait)); err != nil {
		return fmt.Errorf("bound the body's time: %w", err)
	}
	return nil
}
