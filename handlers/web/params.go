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

// UserID reads a positive integer that came from loc.
func (p *Problems) UserID(text string, loc ...string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		p.Add("int_parsing", "Input should be a valid integer, unable to parse string as an integer", loc...)
	case n < 1:
		p.Add("greater_than_equal", "Input should be greater than or equal to 1", loc...)
	}
	return n
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
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0) || !json.Valid([]byte(text)):
		p.Add("float_parsing", "Input should be a valid number", loc...)
	case n < minRate:
		p.Add("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %g", minRate), loc...)
	case n > maxRate:
		p.Add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %d", maxRate), loc...)
	default:
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
