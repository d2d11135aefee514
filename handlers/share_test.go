package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"latido/handlers/access"
	"latido/handlers/sse"
)

// shareRig is a closed rig with a share link.
func shareRig(t *testing.T, l access.ShareLink) (r *closedRig, d *access.Directory, path, id string) {
	t.Helper()
	r = newClosedRig(t)
	secret, made, err := r.access.AddLink(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return r, r.access, "/share/" + secret, made.ID
}

// TestShareLink: the chosen cards, live, and nothing else; nothing to press; nobody
// else's notifications.
func TestShareLink(t *testing.T) {
	r, _, path, _ := shareRig(t, access.ShareLink{Name: "Wall <1>", Cards: []string{"logs", "tasks", "notifications"}, User: 3})
	admin := r.as["admin"]
	post := func(path, body string) {
		t.Helper()
		if a := r.do("POST", path, body, append([]string{"Content-Type", "application/json"}, admin...)...); a.status != 200 {
			t.Fatalf("POST %s: %d %s", path, a.status, a.body)
		}
	}
	post("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","service":"s","message":"before"}`)
	post("/sse/task-update", `{"task_id":"t1","progress":5,"status":"running","message":"copying"}`)
	post("/sse/notify/3", `{"title":"for three","message":"m"}`)
	post("/sse/notify/4", `{"title":"for four","message":"m"}`)

	a := r.do("GET", path, "", "Accept", "text/html", "Accept-Language", "en")
	if a.status != 200 {
		t.Fatalf("the page: %d %s", a.status, a.body)
	}
	for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	doc := parseHTML(t, a.body)
	var shown []string
	doc.Find("section.card").Each(func(_ int, s *goquery.Selection) { shown = append(shown, s.AttrOr("id", "")) })
	if !slices.Equal(shown, []string{"card-logs", "card-notifications", "card-tasks"}) {
		t.Errorf("the page shows %v", shown)
	}
	if n := doc.Find("form, button, input, select, textarea, main a, nav").Length(); n != 0 {
		t.Errorf("%d things to press", n)
	}
	for text, there := range map[string]bool{"no disk": false, "before": true, "copying": true, "for three": true, "for four": false, "Wall &lt;1&gt;": true} {
		if strings.Contains(a.body, text) != there {
			t.Errorf("%q on the page: %v", text, !there)
		}
	}

	// Between the page and its stream something happens; and what the query asks for
	// beyond the link is not heard.
	url, _ := doc.Find("#conn").Attr("hx-sse:connect")
	if !strings.HasPrefix(url, path+"/live?") {
		t.Fatalf("the stream is %q", url)
	}
	post("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","service":"s","message":"between"}`)
	live := r.open(url + "&cards=trading,hub&user=4")
	if e, _ := live.until("log-list"); !strings.Contains(e.Data, "between") {
		t.Errorf("the stream begins with %q", e.Data)
	}
	post("/sse/notify/4", `{"title":"for four again","message":"m"}`)
	post("/sse/broadcast/trading?event=price_update", `{"symbol":"A","price":1}`)
	post("/sse/task-update", `{"task_id":"t1","progress":7,"status":"running","message":"still"}`)
	post("/sse/notify/3", `{"title":"at last","message":"m"}`)
	for {
		e := live.next()
		if strings.Contains(e.Data, "for four") || strings.Contains(e.Data, "trading") || strings.Contains(e.Data, "<form") || strings.Contains(e.Data, "stats-body") {
			t.Fatalf("the stream tells %q", e.Data)
		}
		if strings.Contains(e.Data, "at last") {
			break
		}
	}
	if strings.Contains(r.log.String(), strings.TrimPrefix(path, "/share/")) {
		t.Error("the secret is in the log")
	}
}

// TestShareLinkOfNothing: the response is the same whatever is in the path, and sending
// to a link is nothing that there is.
func TestShareLinkOfNothing(t *testing.T) {
	r, _, path, _ := shareRig(t, access.ShareLink{Name: "wall", Cards: []string{"logs"}})
	for _, where := range []string{path, path + "/live"} {
		if status, _ := r.status("POST", where, `{"n":1}`, "Content-Type", "application/json"); status != http.StatusMethodNotAllowed {
			t.Errorf("a POST to a link: %d", status)
		}
	}
	over := r.do("GET", "/share/AAAA", "", r.as["admin"]...)
	for name, p := range map[string]string{"long": strings.Repeat("x", 5000), "NUL": "%00", "slashes": "a%2F..%2Fb", "as a digest": "0"} {
		a := r.do("GET", "/share/"+p, "")
		if a.status != http.StatusNotFound || a.body != over.body {
			t.Errorf("%s: %d, %d bytes and not %d", name, a.status, len(a.body), len(over.body))
		}
	}
}

// TestShareLinkEnds: with the link its pages end, and there is nothing at it.
func TestShareLinkEnds(t *testing.T) {
	r, d, path, id := shareRig(t, access.ShareLink{Name: "wall", Cards: []string{"logs"}})
	brief, _, err := d.AddLink(t.Context(), access.ShareLink{Name: "brief", Cards: []string{"logs"}, Expires: time.Now().Add(4 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	ended := uint64(0)
	ends := func(what, path string, end func()) {
		t.Helper()
		ended++
		live := r.open(path + "/live")
		live.next()
		end()
		for {
			if _, err := live.read(); errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%s: the stream goes on", what)
			} else if err != nil {
				break
			}
		}
		// The client may see the end before the server has counted it.
		for late := time.Now().Add(20 * time.Second); r.streams.Stats().Ended[sse.Revoked] != ended; time.Sleep(time.Millisecond) {
			if time.Now().After(late) {
				t.Fatalf("%s: %d streams were revoked, want %d", what, r.streams.Stats().Ended[sse.Revoked], ended)
			}
		}
		for _, p := range []string{path, path + "/live"} {
			if a := r.do("GET", p, "", "Last-Event-ID", "aaaaaaaa-1"); a.status != http.StatusNotFound || !strings.Contains(a.body, "<h1") {
				t.Errorf("%s: afterwards %d", what, a.status)
			}
		}
	}
	ends("an expiry", "/share/"+brief, func() {})
	ends("a revocation", path, func() {
		if err := d.RemoveLink(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
}

// TestPagesShowNobodyElse: a key that reads every channel and nobody's notifications
// sees none on the pages.
func TestPagesShowNobodyElse(t *testing.T) {
	r := newClosedRig(t)
	key, _, err := r.access.AddKey(t.Context(), access.APIKey{Name: "all channels", Grant: access.Grant{Subscribe: access.Patterns{"*"}}})
	if err != nil {
		t.Fatal(err)
	}
	r.do("POST", "/sse/notify/1", `{"title":"for one alone","message":"m"}`, append([]string{"Content-Type", "application/json"}, r.as["admin"]...)...)
	bearer := []string{"Authorization", "Bearer " + key, "Accept", "text/html"}
	for _, path := range []string{"/", "/notifications"} {
		if a := r.do("GET", path, "", bearer...); a.status != 200 || strings.Contains(a.body, "for one alone") {
			t.Errorf("%s: %d, and it shows what is another's", path, a.status)
		} else if url, _ := parseHTML(t, a.body).Find("#conn").Attr("hx-sse:connect"); url != "" {
			if status, _ := r.status("GET", url, "", bearer...); status != 200 {
				t.Errorf("the stream of %s: %d", path, status)
			}
		}
	}
	if status, _ := r.status("GET", "/live?user=1", "", bearer...); status != http.StatusForbidden {
		t.Errorf("the stream of user 1: %d", status)
	}
}
