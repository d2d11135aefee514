package handlers_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"latido/handlers"
	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/web"
)

// perDay is a rate that gives nothing back within a test.
func perDay(burst int) limits.Rate { return limits.Rate{Burst: burst, Per: 24 * time.Hour} }

// from sends a request as one of the rig's people, from an address of this machine.
func (r *closedRig) from(address, who, method, path, body string) response {
	r.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext}
	ctx, stop := context.WithTimeout(r.t.Context(), 20*time.Second) // a stream that was let in does not end
	defer stop()
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(r.as[who]); i += 2 {
		req.Header.Add(r.as[who][i], r.as[who][i+1])
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, string(b)}
}

// TestPostRates: each key has its rate from wherever it is used. Each address has its
// own, which counts before any credential is checked. Responses say so in the fields
// of draft-ietf-httpapi-ratelimit-headers-11.
func TestPostRates(t *testing.T) {
	r := newClosedRig(t, func(c *handlers.Config) { c.Limits.Posts, c.Limits.PostsByAddress = perDay(3), perDay(6) })
	const key, other = "a sender to own", "sender"
	r.as["a stranger"] = []string{"Authorization", "Bearer latido_nobody_nothing"}
	post := func(address, who string) response {
		return r.from(address, who, "POST", "/sse/broadcast/own", `{"n":1}`)
	}
	const alone = `"address";q=6;w=86400`
	const both = `"principal";q=3;w=86400, ` + alone
	for i, try := range []struct {
		address, who string
		status       int
		policy, left string
	}{
		{"127.0.0.1", key, 200, both, `"principal";r=2;t=57600, "address";r=5;t=72000`},
		{"127.0.0.1", key, 200, both, `"principal";r=1;t=28800, "address";r=4;t=57600`},
		{"127.0.0.2", key, 200, both, `"principal";r=0;t=28800, "address";r=5;t=72000`},
		{"127.0.0.2", key, 429, both, ""},
		{"127.0.0.1", "a stranger", 401, alone, `"address";r=3;t=43200`},
		{"127.0.0.1", "viewer", 403, alone, `"address";r=2;t=28800`},
		{"127.0.0.1", other, 200, both, `"principal";r=2;t=57600, "address";r=1;t=14400`},
		{"127.0.0.1", other, 200, both, `"principal";r=1;t=28800, "address";r=0;t=14400`},
		{"127.0.0.1", other, 429, alone, ""},
		{"127.0.0.1", "a stranger", 429, alone, ""},
		{"127.0.0.2", other, 200, both, `"principal";r=0;t=28800, "address";r=3;t=43200`},
	} {
		before := r.last()
		a := post(try.address, try.who)
		policy, left := a.header.Get("RateLimit-Policy"), a.header.Get("RateLimit")
		if a.status != try.status || policy != try.policy || try.left != "" && left != try.left {
			t.Errorf("try %d, of %s from %s: %d, %s, %s", i, try.who, try.address, a.status, policy, left)
		}
		if stored := r.last() > before; stored != (a.status == 200) {
			t.Errorf("try %d gets %d, stored: %v", i, a.status, stored)
		}
		if a.status == http.StatusTooManyRequests {
			wait := a.header.Get("Retry-After")
			item, most, says := `"principal";r=0;t=`+wait+`, "address"`, 28_800, "3 within 86400 s are allowed for each key, person or token; try again in "+wait+" s"
			if try.policy == alone {
				item, most, says = `"address";r=0;t=`+wait, 14_400, "6 within 86400 s are allowed for each address; try again in "+wait+" s"
			}
			if !within(wait, most-600, most) || !strings.HasPrefix(left, item) || a.json(t)["detail"] != "Too many POST requests: "+says {
				t.Errorf("try %d is refused with %q, Retry-After %s: %s", i, left, wait, a.body)
			}
		}
	}
	for _, path := range []string{"/healthz", "/sse/stats", "/sse/history/own", "/login"} {
		if a := r.from("127.0.0.1", "viewer", "GET", path, ""); a.status != 200 || a.header.Get("RateLimit") != "" {
			t.Errorf("GET %s: %d, %s", path, a.status, a.header.Get("RateLimit"))
		}
	}
	if a := r.form("/ui/prefs", "lang=en", "Accept-Language", "en"); a.status != 429 || !strings.Contains(a.body, "Nothing was done: too many requests. Try again in "+a.header.Get("Retry-After")+" seconds.") {
		t.Errorf("a form: %d %s", a.status, a.body)
	}
}

// TestStreamRates: a stream that is opened too often is put off in a way that an
// EventSource bears, a page's with what htmx backs off after.
func TestStreamRates(t *testing.T) {
	r := newClosedRig(t, func(c *handlers.Config) { c.Limits.Streams, c.Limits.StreamsByAddress = perDay(2), perDay(4) })
	const key = "a reader of own"
	open := func(who, path string) int {
		t.Helper()
		status, _ := r.status("GET", path, "", r.as[who]...)
		return status
	}
	for range 2 {
		if status := open(key, "/sse/events?channel=own"); status != 200 {
			t.Errorf("within the rate: %d", status)
		}
	}
	putOff := func(a response, says string) {
		t.Helper()
		comment, rest, _ := strings.Cut(a.body, "\n")
		retry, end, _ := strings.Cut(strings.TrimPrefix(rest, "retry: "), "\n")
		if a.status != 200 || a.header.Get("Content-Type") != "text/event-stream" ||
			comment != ": too many streams: "+says || !within(retry, 15_000, 30_000) || end != "\n" || a.header.Get("RateLimit") != "" {
			t.Errorf("put off with %d %v %q", a.status, a.header, a.body)
		}
	}
	putOff(r.from("127.0.0.2", key, "GET", "/sse/notifications/3", ""), "2 may be opened within 86400 s for this principal")
	for range 2 {
		if status := open("admin", "/live"); status != 200 {
			t.Errorf("a page's stream: %d", status)
		}
	}
	putOff(r.from("127.0.0.1", "nobody", "GET", "/sse/logs", ""), "4 may be opened within 86400 s for this address")
	if a := r.from("127.0.0.2", "admin", "GET", "/live", ""); a.status != 503 || !strings.Contains(a.body, "opened too often") || a.header.Get("Retry-After") == "" {
		t.Errorf("a page's stream too often: %d %s", a.status, a.body)
	}
	if a := r.from("127.0.0.1", "admin", "POST", "/sse/broadcast/own", "{}"); a.status != 200 {
		t.Errorf("a POST meanwhile: %d", a.status)
	}
	r.monitored(`#open-body dt:contains("Refused by a limit") + dd`, "3", r.as["viewer"]...)
}

// monitored waits until the page about the hub says so: pages share what is up to a
// second old.
func (r *rig) monitored(what, want string, headers ...string) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		page := r.do("GET", "/monitoring", "", append([]string{"Accept", "text/html", "Accept-Language", "en"}, headers...)...)
		got := parseHTML(r.t, page.body).Find(what).Text()
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the page says %q at %s, want %s", got, what, want)
		}
	}
}

// recorder is a response in memory whose deadlines can be set.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetReadDeadline(time.Time) error { return nil }

// postFrom posts past the network, as if from an address.
func (r *rig) postFrom(address, path, body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("POST", path, strings.NewReader(body))
	req.RemoteAddr = address
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	w := recorder{httptest.NewRecorder()}
	r.handler.ServeHTTP(w, req)
	return w.ResponseRecorder
}

// TestAddresses: where access is open this machine has no rate, and others have one
// by address, of IPv6 by the 64 bits that one subscriber has all of.
func TestAddresses(t *testing.T) {
	r := newRig(t, func(c *handlers.Config) { c.Limits = web.Limits{Posts: perDay(1), PostsByAddress: perDay(2)} })
	for _, group := range []struct {
		limited   bool
		addresses []string
	}{
		{false, []string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.9:1", "[::1]:1", "[::1]:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}},
		{true, []string{"192.0.2.1:1", "192.0.2.1:2", "[::ffff:192.0.2.1]:3"}},
		{true, []string{"192.0.2.2:1", "192.0.2.2:2", "192.0.2.2:3"}},
		{true, []string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::ffff:0:0:1]:1"}},
		{true, []string{"[2001:db8:0:1::1]:1", "[2001:db8:0:1::2]:1", "[2001:db8:0:1::1]:1"}},
		{true, []string{"[fe80::1%eth0]:1", "[fe80::2%eth1]:1", "[fe80::1]:1"}},
		{true, []string{"@", "@", "@"}}, // a socket's peer
	} {
		for i, address := range group.addresses {
			w := r.postFrom(address, "/sse/broadcast/a", "{}")
			want := 200
			if group.limited && i == 2 {
				want = http.StatusTooManyRequests
			}
			if policy := w.Header().Get("RateLimit-Policy"); w.Code != want || (policy == `"address";q=2;w=86400`) != group.limited {
				t.Errorf("%s, request %d: %d, %q", address, i, w.Code, policy)
			}
		}
	}
}

// TestClosedLimitsThisMachineToo: where access is closed nobody is spared, and what
// a Config does not say has its default.
func TestClosedLimitsThisMachineToo(t *testing.T) {
	r := newClosedRig(t)
	a := r.from("127.0.0.1", "sender", "POST", "/sse/broadcast/own", "{}")
	if got := a.header.Get("RateLimit-Policy"); got != `"principal";q=1000;w=10, "address";q=2000;w=10` {
		t.Errorf("the default is %s", got)
	}
	if got := a.header.Get("RateLimit"); got != `"principal";r=999;t=10, "address";r=1999;t=10` {
		t.Errorf("left is %s", got)
	}
}

// TestShareLinkRate: a link's streams are counted by link, its page is not.
func TestShareLinkRate(t *testing.T) {
	r := newClosedRig(t, func(c *handlers.Config) { c.Limits = web.Limits{Streams: perDay(1)} })
	for range 2 { // two links, and each has its own
		secret, _, err := r.access.AddLink(t.Context(), access.ShareLink{Name: "wall", Cards: []string{"logs"}})
		if err != nil {
			t.Fatal(err)
		}
		path := "/share/" + secret
		for i, want := range []int{200, 503} {
			if status, _ := r.status("GET", path+"/live", ""); status != want {
				t.Errorf("stream %d of a link: %d", i, status)
			}
			if a := r.do("GET", path, "", "Accept", "text/html"); a.status != 200 {
				t.Errorf("its page: %d", a.status)
			}
		}
	}
}
