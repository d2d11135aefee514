package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/sse"
)

// Class is what a route is for, and so which rates count its requests. No route can
// be registered without one.
type Class int

// The classes.
const (
	Reading       Class = iota // GET of what ends: no rate
	Posting                    // POST
	Streaming                  // GET of a JSON stream
	PageStreaming              // GET of a page's stream
	classes
)

func (c Class) method() string {
	if c == Posting {
		return http.MethodPost
	}
	return http.MethodGet
}

// maxBuckets bounds the principals, and the addresses, whose rate is remembered.
const maxBuckets = 10_000

// The two that a rate can be of, as responses name them.
const (
	ofPrincipal = "principal"
	ofAddress   = "address"
)

// classRates are the two rates of a class.
type classRates struct {
	principal *limits.Buckets[string]
	address   *limits.Buckets[netip.Prefix]
	// What RateLimit-Policy says to callers that are limited by address alone, and
	// to others; shared, and must not be changed.
	alone, both []string
}

// rates makes the rates of each class; streams of both classes count together.
func (l Limits) rates() [classes]*classRates {
	streams := newClassRates(l.Streams, l.StreamsByAddress)
	return [classes]*classRates{Posting: newClassRates(l.Posts, l.PostsByAddress), Streaming: streams, PageStreaming: streams}
}

func newClassRates(principal, address limits.Rate) *classRates {
	policy := func(name string, r limits.Rate) string {
		return fmt.Sprintf(`"%s";q=%d;w=%d`, name, r.Burst, r.Seconds())
	}
	return &classRates{
		principal: limits.NewBuckets[string](maxBuckets, principal),
		address:   limits.NewBuckets[netip.Prefix](maxBuckets, address),
		alone:     []string{policy(ofAddress, address)},
		both:      []string{policy(ofPrincipal, principal) + ", " + policy(ofAddress, address)},
	}
}

// serviceLimit is an item of RateLimit: what is left, and the time in which as much
// comes again. A client that spreads it over that time is never refused. When nothing
// was left it is the time of Retry-After.
func serviceLimit(name string, r limits.Rate, left int, err error) string {
	window := r.Window(left)
	var often *limits.RateError
	if errors.As(err, &often) {
		window = often.Seconds()
	}
	b := make([]byte, 0, 40)
	b = append(append(append(b, '"'), name...), `";r=`...)
	b = strconv.AppendInt(b, int64(left), 10)
	b = append(b, ";t="...)
	return string(strconv.AppendInt(b, int64(window), 10))
}

// admission is a request that its address's rate has admitted.
type admission struct {
	class   Class
	rates   *classRates // nil when it has none
	address string      // the item of RateLimit, for a POST
}

// admitAddress takes a token of the request's address. It comes before any
// credential is looked at, so that trying keys costs little.
func (k *Kernel) admitAddress(c *gin.Context, class Class) (admission, error) {
	a := admission{class: class, rates: k.rates[class]}
	from := ClientNetwork(c.Request)
	if a.rates == nil || access.IsConsole(c.Request) || from.Addr().IsLoopback() && k.Access.IsOpen() {
		a.rates = nil
		return a, nil
	}
	left, err := a.rates.address.Take(from)
	if class == Posting {
		// draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4.
		a.address = serviceLimit(ofAddress, a.rates.address.Rate(), left, err)
		c.Writer.Header()["Ratelimit-Policy"] = a.rates.alone
		c.Header("Ratelimit", a.address)
	}
	if err != nil {
		return a, k.tooOften(c, class, ofAddress, a.rates.address.Rate(), err)
	}
	return a, nil
}

// admitPrincipal takes a token of the caller. One without credentials has none but
// its address's.
func (k *Kernel) admitPrincipal(c *gin.Context, a admission, p *access.Principal) error {
	if a.rates == nil || p == nil || p.Kind == access.Anyone {
		return nil
	}
	left, err := a.rates.principal.Take(p.ID())
	if a.class == Posting {
		c.Writer.Header()["Ratelimit-Policy"] = a.rates.both
		c.Header("Ratelimit", serviceLimit(ofPrincipal, a.rates.principal.Rate(), left, err)+", "+a.address)
	}
	if err != nil {
		return k.tooOften(c, a.class, ofPrincipal, a.rates.principal.Rate(), err)
	}
	return nil
}

// tooOften counts a request that came too often, and returns the error for it.
func (k *Kernel) tooOften(c *gin.Context, class Class, of string, r limits.Rate, err error) error {
	var often *limits.RateError
	if !errors.As(err, &often) {
		return err
	}
	if class == Posting {
		k.refusedRequests.Add(1)
		name := map[string]string{ofPrincipal: "key, person or token", ofAddress: "address"}[of]
		return &LimitError{TooOften, fmt.Sprintf("Too many POST requests: %d within %d s are allowed for each %s; try again in %d s",
			r.Burst, r.Seconds(), name, often.Seconds()), often.Seconds()}
	}
	k.refusedStreams.Add(1)
	full := &sse.LimitError{Scope: of, Limit: r.Burst, Within: r.Per}
	if class == PageStreaming {
		return full
	}
	k.Later(c, full)
	return errResponded
}

// LoginRefused counts a try to log in that came too often, and returns the error
// for it.
func (k *Kernel) LoginRefused(often *limits.RateError) *LimitError {
	k.refusedRequests.Add(1)
	return &LimitError{TooOften, fmt.Sprintf("Too many tries: try again in %d s", often.Seconds()), often.Seconds()}
}
