package web

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"latido/hub"
)

// PathParam returns a path parameter decoded. gin would read '+' as a space.
func PathParam(c *gin.Context, name string) string {
	v, err := url.PathUnescape(c.Param(name))
	if err != nil {
		return c.Param(name) // net/http has refused such paths before
	}
	return v
}

// Channel checks a channel's name that came from loc.
func (p *Problems) Channel(name string, loc ...string) {
	if err := hub.CheckChannel(name); err != nil {
		p.Add("channel_name", "A channel is 1 to 128 bytes of printable UTF-8 without '*', '>' or white space at its ends ("+
			strings.TrimPrefix(err.Error(), hub.ErrChannel.Error()+": ")+")", loc...)
	}
}

// Int reads an integer within bounds that came from loc.
func (p *Problems) Int(text string, low, high int64, loc ...string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		p.Add("int_parsing", "Input should be a valid integer, unable to parse string as an integer", loc...)
	case n < low:
		p.Add("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %d", low), loc...)
	case n > high:
		p.Add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %d", high), loc...)
	}
	return n
}

// Number reads a JSON number within bounds that came from loc. ok is false for any other
// text.
func (p *Problems) Number(text string, low, high float64, loc ...string) (n float64, ok bool) {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !json.Valid([]byte(text)): // which "0x1p-2" and "Inf" are not
		p.Add("float_parsing", "Input should be a valid number", loc...)
	case n < low:
		p.Add("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %g", low), loc...)
	case n > high:
		p.Add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %g", high), loc...)
	default:
		return n, true
	}
	return 0, false
}

// UserID reads a user's id that came from loc.
func (p *Problems) UserID(text string, loc ...string) int64 {
	return p.Int(text, 1, math.MaxInt64, loc...)
}

// QueryUser reads ?user_id=, 0 when it is not given.
func (p *Problems) QueryUser(c *gin.Context) int64 {
	text, given := c.GetQuery("user_id")
	if !given {
		return 0
	}
	return p.UserID(text, "query", "user_id")
}

// The bounds of max_rate, in values a second of one key.
const (
	minRate = 0.01
	maxRate = 1000
)

// Rate reads how many values a second of one key a client wants, and returns the
// time between two of them.
func (p *Problems) Rate(text string, loc ...string) (every time.Duration) {
	if n, ok := p.Number(text, minRate, maxRate, loc...); ok {
		return time.Duration(float64(time.Second) / n)
	}
	return 0
}

// QueryRate reads ?max_rate=, 0 when it is not given.
func (p *Problems) QueryRate(c *gin.Context) time.Duration {
	text, given := c.GetQuery("max_rate")
	if !given {
		return 0
	}
	return p.Rate(text, "query", "max_rate")
}
