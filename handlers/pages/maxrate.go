package pages

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"latido/handlers/web"
)

// Pages are drawn at most four times a second, so max_rate and max_rate_CARD mean
// nothing to them any more. They are checked as before, so that a wrong one is said.

func checkRates(c *gin.Context) error {
	var ps web.Problems
	checkRatesOf(&ps, c.Request.URL.Query(), "query")
	return ps.Err()
}

func checkRatesOf(ps *web.Problems, v url.Values, place string) {
	for field := range v {
		if field == "max_rate" || strings.HasPrefix(field, "max_rate_") {
			ps.Rate(v.Get(field), place, field)
		}
	}
}
