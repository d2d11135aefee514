package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latido/hub/hubtest/eventsource"

	"github.com/PuerkitoBio/goquery"
)

func parseHTML(t testing.TB, html string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// page gets a page and the URL of its live stream.
func (r *rig) page(path string, headers ...string) (doc *goquery.Document, live string) {
	r.t.Helper()
	a := r.do("GET", path, "", append([]string{"Accept", "text/html"}, headers...)...)
	if a.status != 200 || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		r.t.Fatalf("GET %s: %d %v", path, a.status, a.header)
	}
	doc = parseHTML(r.t, a.body)
	live, _ = doc.Find("#conn").Attr("hx-sse:connect")
	return doc, live
}

// partial finds a fragment's part that brings content for an element.
func partial(t testing.TB, html, id string) *goquery.Selection {
	t.Helper()
	return parseHTML(t, html).Find(`hx-partial`).FilterFunction(func(_ int, s *goquery.Selection) bool {
		target := s.AttrOr("hx-target", "#"+s.AttrOr("id", ""))
		return s.AttrOr("hx-swap", "") != "delete" && slices.Contains(strings.Split(target, ","), "#"+id)
	})
}

// until reads messages until one has a part for an element.
func (s *stream) until(id string) (e eventsource.Block, part *goquery.Selection) {
	s.t.Helper()
	for {
		e = s.next()
		if part := partial(s.t, e.Data, id); part.Length() > 0 {
			return e, part
		}
	}
}

func TestPagesShowTheCurrentState(t *testing.T) {
	r := newRig(t)
	r.post("/sse/broadcast/metrics?event=system_metrics", `{"cpu_percent":12.5,"memory_percent":50,"memory_used_gb":1,"memory_total_gb":2,"disk_percent":3,"disk_free_gb":4}`)
	r.post("/sse/broadcast/trading?event=price_update", `{"symbol":"ORO/EUR","price":2000.5,"change":1,"change_percent":0.1,"volume":3}`)
	r.post("/sse/broadcast/logs?event=log_entry", `{"level":"ERROR","service":"api","message":"se ha roto"}`)
	r.post("/sse/notify/1", `{"title":"Aviso uno","message":"m"}`)
	r.post("/sse/notify/2", `{"title":"Aviso dos","message":"m"}`)
	r.post("/sse/task-update", `{"task_id":"copia","progress":40,"status":"running","message":"copiando"}`)
	r.settle()
	doc, live := r.page("/")
	for selector, want := range map[string]string{
		"#card-metrics": "12,5", "#card-trading": "ORO/EUR", "#log-list": "se ha roto", "#notif-list": "Aviso uno", "#task-list": "copiando",
	} {
		if text := doc.Find(selector).Text(); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q: %s", selector, want, text)
		}
	}
	if text := doc.Find("#notif-list").Text(); strings.Contains(text, "Aviso dos") {
		t.Error("another user's notification is shown")
	}
	u, err := url.Parse(live)
	if err != nil || u.Path != "/live" || !fragmentID.MatchString(u.Query().Get("after")) {
		t.Errorf("live stream %q, %v; want one after a position", live, err)
	}
	if inbox, _ := r.page("/notifications"); !strings.Contains(inbox.Find("#inbox-list").Text(), "Aviso uno") {
		t.Error("the inbox lacks the notification")
	}
	r.page("/monitoring")
}

func TestNothingFallsBetweenPageAndStream(t *testing.T) {
	r := newRig(t)
	_, live := r.page("/")
	r.post("/sse/notify/1", `{"title":"in between","message":"m"}`)
	r.settle()
	s := r.open(live)
	if e := s.next(); partial(t, e.Data, "hb").Length() == 0 || !e.HasRetry {
		t.Errorf("first message %+v, want a heartbeat with a retry", e)
	}
	e, part := s.until("notif-list")
	if !strings.Contains(part.Text(), "in between") {
		t.Errorf("%q", part.Text())
	}
	r.post("/sse/notify/1", `{"title":"then live","message":"m"}`)
	again := r.open(live, "Last-Event-ID", e.ID)
	if e := again.next(); !strings.Contains(partial(t, e.Data, "status").Text(), "onexión") {
		t.Errorf("a page that comes back is not notified of it: %s", e.Data)
	}
	if _, part := again.until("notif-list"); !strings.Contains(part.Text(), "then live") || strings.Contains(part.Text(), "in between") {
		t.Errorf("after a reconnection: %q", part.Text())
	}
}

// TestPageAndStreamShowTheSame: a page, and the stream of one that missed everything,
// begin with the same drawing. So do those of a browser that has cleared a list.
func TestPageAndStreamShowTheSame(t *testing.T) {
	r := newRig(t)
	r.post("/sse/broadcast/metrics?event=system_metrics", `{"cpu_percent":12.5}`)
	r.post("/sse/broadcast/trading?event=price_update", `{"symbol":"ORO/EUR","price":2000.5}`)
	r.post("/sse/notify/1", `{"title":"<b>","message":"m"}`)
	r.post("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","message":"cleared"}`)
	r.settle()
	cut := r.hub.Head()
	for _, message := range []string{"one", "a \"b\" & <c>", "три"} {
		r.post("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","message":`+strconv.Quote(message)+`}`)
		r.post("/sse/task-update", `{"task_id":`+strconv.Quote(message)+`,"progress":4,"status":"running","message":"m"}`)
	}
	r.settle()
	for browser, logs := range map[string]int{"": 4, "latido_prefs=clear_logs=" + cut.String(): 3} {
		doc, _ := r.page("/", "Cookie", browser)
		first := r.open("/live?user=1&lang=es", "Cookie", browser).next()
		for id, rows := range map[string]int{"metrics-body": 0, "trading-rows": 1, "log-list": logs, "notif-list": 1, "task-list": 3} {
			page, err := doc.Find("#" + id).Html()
			if err != nil {
				t.Fatal(err)
			}
			// As a browser inserts it: rows of a table are nothing outside of one.
			_, stream, _ := strings.Cut(first.Data, `id="`+id+`"`)
			_, stream, _ = strings.Cut(stream, ">")
			stream, _, _ = strings.Cut(stream, "</hx-partial>")
			open := map[bool]string{true: "<table><tbody>", false: "<div>"}[id == "trading-rows"]
			brought := parseHTML(t, open+stream).Find(map[bool]string{true: "tbody", false: "div"}[id == "trading-rows"]).First()
			if html, err := brought.Html(); err != nil || html != page || page == "" {
				t.Errorf("#%s is\n%s\non the page, and\n%s\nin the stream (%v)", id, page, html, err)
			}
			if n := doc.Find("#" + id + " > [id]").Length(); n != rows {
				t.Errorf("#%s has %d rows, want %d", id, n, rows)
			}
		}
	}
}

// fragmentID is the form of the positions of pages: RUN-N.
var fragmentID = regexp.MustCompile(`^[0-9a-z]{12}-[0-9]+$`)

// run is the name of the run whose fragments pages get.
func (r *rig) run() string {
	_, live := r.page("/")
	u, err := url.Parse(live)
	if err != nil {
		r.t.Fatal(err)
	}
	run, _, _ := strings.Cut(u.Query().Get("after"), "-")
	return run
}

func TestPageThatCannotContinueGetsItsState(t *testing.T) {
	r := newRig(t)
	for range 70 {
		r.post("/sse/notify/1", `{"title":"missed","message":"m"}`)
	}
	r.settle()
	for name, s := range map[string]*stream{
		"no position":   r.open("/live?user=1"),
		"another run":   r.open("/live?user=1", "Last-Event-ID", "zzz-1"),
		"an older page": r.open("/live?cards=metrics,trading,logs,notifications,tasks&user=1&after=" + r.hub.Head().String()),
		"of the future": r.open("/live?user=1&after=" + r.run() + "-4000000000"),
	} {
		e := s.next()
		if rows := partial(t, e.Data, "notif-list").Find("li").Length(); rows != 10 || !fragmentID.MatchString(e.ID) {
			t.Errorf("%s: %d rows at %s, want the newest 10", name, rows, e.ID)
		}
		if partial(t, e.Data, "hb").Length() != 1 {
			t.Errorf("%s: no heartbeat in the state", name)
		}
	}
}

func TestLiveFragments(t *testing.T) {
	r := newRig(t)
	s := r.open("/live?lang=en&user=7")
	s.next() // everything, because there is no position
	for id, post := range map[string][2]string{
		"metrics-body": {"/sse/broadcast/metrics?event=system_metrics", `{"cpu_percent":12.5}`},
		"trading-rows": {"/sse/broadcast/trading?event=price_update", `{"symbol":"ORO/EUR","price":1}`},
		"log-list":     {"/sse/broadcast/logs?event=log_entry", `{"level":"debug","message":"m"}`},
		"notif-list":   {"/sse/notify/7", `{"title":"t","message":"m"}`},
		"task-list":    {"/sse/task-update", `{"task_id":"x","progress":1,"status":"s","message":"m"}`},
	} {
		r.post(post[0], post[1])
		if e, _ := s.until(id); !fragmentID.MatchString(e.ID) || e.Event != "" {
			t.Errorf("%s came with id %s and event %q", id, e.ID, e.Event)
		}
	}
	// A price of a symbol that the table has is its row alone.
	r.post("/sse/broadcast/trading?event=price_update", `{"symbol":"ORO/EUR","price":2}`)
	if e, row := s.until("px-oro-eur"); !strings.Contains(row.Text(), "2") || partial(t, e.Data, "trading-rows").Length() > 0 {
		t.Errorf("a second price came as %s", e.Data)
	}
	// Events that no card shows, or whose data fit no card, do no harm.
	r.post("/sse/broadcast/metrics?event=other", `{}`)
	r.post("/sse/broadcast/trading?event=price_update", `{"symbol":5,"price":"x"}`)
	r.post("/sse/broadcast/logs?event=log_entry", `{"level":{},"message":[1]}`)
	r.post("/sse/broadcast/tasks?event=task_progress", `{"task_id":null,"progress":"high"}`)
	r.post("/sse/notify/7", `{"title":"last","message":"m"}`)
	if _, part := s.until("notif-list"); !strings.Contains(part.Text(), "last") {
		t.Errorf("after events that no card shows: %q", part.Text())
	}
}

func TestNewerStreamOfAViewEndsTheOlder(t *testing.T) {
	r := newRig(t)
	older := r.open("/live?cards=metrics&view=v1")
	older.next()
	other := r.open("/live?cards=metrics&view=v2")
	other.next()
	r.open("/live?cards=metrics&view=v1").next()
	for {
		if _, err := older.read(); err != nil {
			break
		}
	}
	r.post("/sse/broadcast/metrics?event=system_metrics", `{"cpu_percent":1}`)
	other.until("metrics-body")
}

func TestHeadersOfEveryResponse(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/", "/notifications", "/monitoring", "/nope", "/sse/stats", "/healthz", "/ui/stats"} {
		a := r.do("GET", path, "", "Accept", "text/html")
		csp := a.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: headers %v", path, a.header)
		}
	}
}

func TestAssetsAreServedForEver(t *testing.T) {
	r := newRig(t)
	doc, _ := r.page("/")
	n := 0
	doc.Find("script[src], link[rel=stylesheet], link[rel=icon]").Each(func(_ int, s *goquery.Selection) {
		path := s.AttrOr("src", s.AttrOr("href", ""))
		a := r.do("GET", path, "")
		if a.status != 200 || a.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || !regexp.MustCompile(`\.[0-9a-f]{8,}\.`).MatchString(path) {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		n++
	})
	if n != 4 {
		t.Errorf("%d assets on the page, want two scripts, a style sheet and an icon", n)
	}
	if a := r.do("GET", "/favicon.ico", ""); a.status != http.StatusFound {
		t.Errorf("favicon.ico %d", a.status)
	}
}

// TestRenderedOncePerLanguage: two hundred pages of two languages are open, and
// an event is drawn twice. The runner's own tests count the drawings.
func TestRenderedOncePerLanguage(t *testing.T) {
	r := newRig(t)
	var pages []*stream
	for i := range 200 {
		s := r.open("/live?lang=" + []string{"es", "en"}[i%2])
		s.next()
		pages = append(pages, s)
	}
	r.post("/sse/notify/1", `{"title":"t","message":"m"}`)
	texts, ids := map[string]int{}, map[string]int{}
	for _, s := range pages {
		e, _ := s.until("notif-list")
		texts[e.Data]++
		ids[e.ID]++
	}
	if len(texts) != 2 || len(ids) != 2 {
		t.Errorf("%d different renderings with %d ids for two languages", len(texts), len(ids))
	}
}
