package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// cors lets pages of other sites use the JSON API (Fetch standard, section 3.3). Those
// of Config.Origins may do so as the people who are logged in, or with a key. Where
// access is open every page may read, as any program could.
func (k *Kernel) cors(c *gin.Context) {
	r := c.Request
	if !strings.HasPrefix(r.URL.Path, "/sse/") && !strings.HasPrefix(r.URL.Path, "/tasks/") {
		return
	}
	h := c.Writer.Header()
	if len(k.Origins) > 0 {
		h.Add("Vary", "Origin") // also without one: a cache must not serve one site with another's headers
	}
	switch {
	case k.trusts(r.Header.Get("Origin")):
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "RateLimit, RateLimit-Policy, Retry-After")
	case r.Method == http.MethodGet && k.Access.IsOpen():
		h.Set("Access-Control-Allow-Origin", "*")
		return
	default:
		return
	}
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "600")
		c.AbortWithStatus(http.StatusNoContent)
	}
}

// trusts reports whether pages of an origin may use the API as the person who is
// logged in in their browser: it is named whole, there are no patterns.
func (k *Kernel) trusts(origin string) bool { return slices.Contains(k.Origins, origin) }

// protection refuses what pages of other sites send, but for those of origins.
func protection(origins []string) *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	for _, o := range origins {
		if err := p.AddTrustedOrigin(o); err != nil {
			panic("an origin that has not been checked: " + err.Error())
		}
	}
	return p
}
