package handlers

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

// use is what a route is for, and so which rates count its requests. No route can
// be registered without one.
type use int

const (
	reading       use = iota // GET of what ends: no rate
	posting                  // POST
	streaming                // GET of a JSON stream
	pageStreaming            // GET of a page's stream
)

func (u use) method() string {
	if u == posting {
		return http.MethodPost
	}
	return http.MethodGet
}

// The two that a rate can be of, as answers name them.
const (
	ofPrincipal = "principal"
	ofAddress   = "address"
)

// policies are the two rates of a use.
type policies struct {
	principal *limits.Buckets[string]
	address   *limits.Buckets[netip.Prefix]
	// What RateLimit-Policy says to who is limited by address alone, and to others;
	// shared and only read.
	alone, both []string
}

func newPolicies(principal, address limits.Rate) *policies {
	policy := func(name string, r limits.Rate) string {
		return fmt.Sprintf(`"%s";q=%d;w=%d`, name, r.Burst, r.Seconds())
	}
	return &policies{
		principal: limits.NewBuckets[string](maxBuckets, principal),
		address:   limits.NewBuckets[netip.Prefix](maxBuckets, address),
		alone:     []string{policy(ofAddress, address)},
		both:      []string{policy(ofPrincipal, principal) + ", " + policy(ofAddress, address)},
	}
}

// serviceLimit is an item of RateLimit: what is left, and the time in which as much
// comes again, so that who spreads it over that time is never refused. When nothing
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

// turn is one request's way past the rates of its use.
type turn struct {
	use      use
	policies *policies // nil when it has no rate
	address  string    // the item of RateLimit, for a POST
}

// enter begins a request's turn and takes a token of its address. It comes before
// anything that is shown is looked at, so that trying keys costs little.
func (a *api) enter(c *gin.Context, u use) (turn, error) {
	t := turn{use: u}
	switch u {
	case posting:
		t.policies = a.limiter.posts
	case streaming, pageStreaming:
		t.policies = a.limiter.streams
	default:
		return t, nil
	}
	from := network(c.Request)
	if from.Addr().IsLoopback() && a.Access.IsOpen() {
		t.policies = nil
		return t, nil
	}
	left, err := t.policies.address.Take(from)
	if u == posting {
		// draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4.
		t.address = serviceLimit(ofAddress, t.policies.address.Rate(), left, err)
		c.Writer.Header()["Ratelimit-Policy"] = t.policies.alone
		c.Header("Ratelimit", t.address)
	}
	if err != nil {
		return t, a.tooOften(c, t, ofAddress, t.policies.address.Rate(), err)
	}
	return t, nil
}

// take takes a token of who was let in. Who shows nothing has none but the address's.
func (a *api) take(c *gin.Context, t turn, p *access.Principal) error {
	if t.policies == nil || p == nil || p.Kind == access.Anyone {
		return nil
	}
	left, err := t.policies.principal.Take(p.ID())
	if t.use == posting {
		c.Writer.Header()["Ratelimit-Policy"] = t.policies.both
		c.Header("Ratelimit", serviceLimit(ofPrincipal, t.policies.principal.Rate(), left, err)+", "+t.address)
	}
	if err != nil {
		return a.tooOften(c, t, ofPrincipal, t.policies.principal.Rate(), err)
	}
	return nil
}

// errAnswered ends a request that has its answer already.
var errAnswered = errors.New("answered")

// tooOften counts a request that came too often, and answers the error for it.
func (a *api) tooOften(c *gin.Context, t turn, of string, r limits.Rate, err error) error {
	var often *limits.RateError
	if !errors.As(err, &often) {
		return err
	}
	kind := postsByPrincipal
	switch {
	case t.use == posting && of == ofAddress:
		kind = postsByAddress
	case t.use != posting && of == ofAddress:
		kind = streamsByAddress
	case t.use != posting:
		kind = streamsByPrincipal
	}
	a.limiter.refused[kind].Add(1)
	if t.use == posting {
		name := map[string]string{ofPrincipal: "key, person or token", ofAddress: "address"}[of]
		return &limitError{kind, fmt.Sprintf("Too many POST requests: %d within %d s are allowed for each %s; try again in %d s",
			r.Burst, r.Seconds(), name, often.Seconds()), often.Seconds()}
	}
	full := &sse.LimitError{Scope: of, Limit: r.Burst, Within: r.Per}
	if t.use == pageStreaming {
		return full
	}
	if err := a.later(c, full); err != nil {
		return err
	}
	return errAnswered
}

// network is what limits count an address by: itself, or of IPv6 its 64 bits, of
// which whoever has one has all. What is no IP address counts as one.
func network(r *http.Request) netip.Prefix {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	addr, bits := from.Addr().Unmap(), 32
	if addr.Is6() {
		if bits = 64; addr.IsLoopback() {
			bits = 128
		}
	}
	p, _ := addr.Prefix(bits) // fits the address
	return p
}
