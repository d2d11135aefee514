package pages

import (
	"maps"
	"net/url"
	"slices"
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

// checkFormRates checks the field of the connection form, and all that was wrong
// before.
func checkFormRates(in *web.Input) error {
	text, _ := in.Optional("rates")
	v, err := url.ParseQuery(strings.TrimPrefix(text, "?"))
	if err != nil {
		in.Problems.Add("string_type", "Input should be a valid query", "body", "rates")
	}
	checkRatesOf(&in.Problems, v, "body")
	return in.Problems.Err()
}

func checkRatesOf(ps *web.Problems, v url.Values, place string) {
	for _, field := range slices.Sorted(maps.Keys(v)) {
		if field == "max_rate" || strings.HasPrefix(field, "max_rate_") {
			ps.Rate(v.Get(field), place, field)
		}
	}
}
