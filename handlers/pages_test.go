package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

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
func (s *stream) until(id string) (e event, part *goquery.Selection) {
	s.t.Helper()
	for {
		e = s.next()
		if part := partial(s.t, e.data, id); part.Length() > 0 {
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
	if err != nil || u.Path != "/live" || u.Query().Get("after") != r.hub.Head().String() {
		t.Errorf("live stream %q, %v; want one after %s", live, err, r.hub.Head())
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
	if e := s.next(); partial(t, e.data, "hb").Length() == 0 || e.retry == "" {
		t.Errorf("first message %+v, want a heartbeat with a retry", e)
	}
	e, part := s.until("notif-list")
	if !strings.Contains(part.Text(), "in between") {
		t.Errorf("%q", part.Text())
	}
	r.post("/sse/notify/1", `{"title":"then live","message":"m"}`)
	again := r.open(live, "Last-Event-ID", e.id)
	if e := again.next(); !strings.Contains(partial(t, e.data, "status").Text(), "onexión") {
		t.Errorf("a page that comes back is not told so: %s", e.data)
	}
	if _, part := again.until("notif-list"); !strings.Contains(part.Text(), "then live") || strings.Contains(part.Text(), "in between") {
		t.Errorf("after a reconnection: %q", part.Text())
	}
}

func TestPageThatMissedTooMuchGetsItsState(t *testing.T) {
	r := newRig(t)
	_, live := r.page("/")
	for range 70 {
		r.post("/sse/notify/1", `{"title":"missed","message":"m"}`)
	}
	r.settle()
	for name, s := range map[string]*stream{
		"too much":      r.open(live),
		"another epoch": r.open("/live?user=1", "Last-Event-ID", "zzz-1"),
	} {
		e := s.next()
		if rows := partial(t, e.data, "notif-list").Find("li").Length(); rows != 10 || e.id != r.hub.Head().String() {
			t.Errorf("%s: %d rows at %s, want the newest 10 at %s", name, rows, e.id, r.hub.Head())
		}
		if partial(t, e.data, "hb").Length() != 1 {
			t.Errorf("%s: no heartbeat in the state", name)
		}
	}
}

func TestLiveFragments(t *testing.T) {
	r := newRig(t)
	s := r.open("/live?lang=en&user=7")
	for id, post := range map[string][2]string{
		"metrics-body": {"/sse/broadcast/metrics?event=system_metrics", `{"cpu_percent":12.5}`},
		"trading-rows": {"/sse/broadcast/trading?event=price_update", `{"symbol":"ORO/EUR","price":1}`},
		"log-list":     {"/sse/broadcast/logs?event=log_entry", `{"level":"debug","message":"m"}`},
		"notif-list":   {"/sse/notify/7", `{"title":"t","message":"m"}`},
		"task-list":    {"/sse/task-update", `{"task_id":"x","progress":1,"status":"s","message":"m"}`},
	} {
		id2 := r.post(post[0], post[1]).json(t)["id"]
		if e, _ := s.until(id); e.id != id2 || e.event != "" {
			t.Errorf("%s came with id %s and event %q, want %s", id, e.id, e.event, id2)
		}
	}
	// A price of a symbol that the table has is its row alone.
	id2 := r.post("/sse/broadcast/trading?event=price_update", `{"symbol":"ORO/EUR","price":2}`).json(t)["id"]
	if e, row := s.until("px-oro-eur"); e.id != id2 || !strings.Contains(row.Text(), "2") || partial(t, e.data, "trading-rows").Length() > 0 {
		t.Errorf("a second price came as %s", e.data)
	}
	// Events that no card shows, or whose data fit no card, do no harm.
	r.post("/sse/broadcast/metrics?event=other", `{}`)
	r.post("/sse/broadcast/trading?event=price_update", `{"symbol":5,"price":"x"}`)
	r.post("/sse/broadcast/logs?event=log_entry", `{"level":{},"message":[1]}`)
	r.post("/sse/broadcast/tasks?event=task_progress", `{"task_id":null,"progress":"high"}`)
	id := r.post("/sse/notify/7", `{"title":"last","message":"m"}`).json(t)["id"]
	for e := range s.all() {
		if e.id == id {
			return
		}
	}
}

func (s *stream) all() func(func(event) bool) {
	return func(yield func(event) bool) {
		for yield(s.next()) {
		}
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

// hostile are texts that have broken others.
var hostile = map[string]string{
	"script": `<script>alert(1)</script>`, "attribute": `" onmouseover="alert(1)" x='`, "handler": `<img src=x onerror=alert(1)>`,
	"htmx": `<div hx-get="/x" hx-trigger="load"></div>`, "partial": `<hx-partial id="status">x</hx-partial>`, "close": `</hx-partial></template></li>`,
	"newlines": "a\nb\r\nc\rd", "NUL": "a\x00b", "separators": "a\u2028b\u2029c", "right to left": "\u202Eabc\u2066", "sse": "x\n\nevent: bye\ndata: y\n\n",
	"entity": "&lt;b&gt; &#60;", "long word": strings.Repeat("w", 64_000), "unpaired": "\U0010FFFF \uFFFD", "backslash": `\u003cscript\u003e`,
}

func TestHostileTextIsUnchangedInJSONAndInertInHTML(t *testing.T) {
	r := newRig(t)
	events := r.open("/sse/events?channel=logs&channel=tasks&channel=trading&user_id=1")
	for range 3 {
		events.next()
	}
	live := r.open("/live")
	for name, text := range hostile {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		q := string(quoted)
		for _, c := range []struct {
			path, body, part string
			fields           []string
		}{
			{"/sse/notify/1", `{"title":` + q + `,"message":` + q + `}`, "notif-list", []string{"title", "message"}},
			{"/sse/broadcast/logs?event=log_entry", `{"level":` + q + `,"service":` + q + `,"message":` + q + `,"request_id":` + q + `}`, "log-list", []string{"level", "service", "message", "request_id"}},
			{"/sse/task-update", `{"task_id":` + q + `,"progress":5,"status":` + q + `,"message":` + q + `}`, "task-list", []string{"task_id", "status", "message"}},
			{"/sse/broadcast/trading?event=price_update", `{"symbol":` + q + `,"price":1}`, "trading-rows", []string{"symbol"}},
		} {
			a := r.post(c.path, c.body)
			if a.status != 200 {
				t.Fatalf("%s: %d %s", name, a.status, a.body)
			}
			_, data, _ := events.object()
			for _, f := range c.fields {
				if data[f] != text {
					t.Errorf("%s in %s of %s came out as %.80q", name, f, c.path, data[f])
				}
			}
			e, _ := live.until(c.part)
			checkInert(t, name+" in "+c.part, e.data)
		}
	}
	r.settle()
	for _, path := range []string{"/", "/notifications"} {
		a := r.do("GET", path, "", "Accept", "text/html")
		checkInert(t, path, a.body)
	}
}

// checkInert fails when anything of the hostile texts has become markup.
func checkInert(t *testing.T, where, html string) {
	t.Helper()
	doc := parseHTML(t, html)
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if src, _ := s.Attr("src"); !strings.HasPrefix(src, "/assets/") {
			t.Errorf("%s: a script %q", where, s.Text())
		}
	})
	if n := doc.Find("img, [onerror], [onmouseover], [hx-trigger=load], hx-partial hx-partial").Length(); n > 0 {
		t.Errorf("%s: %d elements of somebody else", where, n)
	}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, attr := range s.Nodes[0].Attr {
			if strings.HasPrefix(attr.Key, "on") || attr.Key == "style" {
				t.Errorf("%s: <%s %s=%q>", where, goquery.NodeName(s), attr.Key, attr.Val)
			}
		}
	})
}

func TestHeadersOfEveryAnswer(t *testing.T) {
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

func TestRenderedOncePerLanguage(t *testing.T) {
	r := newRig(t)
	var pages []*stream
	for _, lang := range []string{"es", "en"} {
		for range 10 {
			s := r.open("/live?lang=" + lang)
			s.next()
			pages = append(pages, s)
		}
	}
	id := r.post("/sse/notify/1", `{"title":"t","message":"m"}`).json(t)["id"]
	texts := map[string]int{}
	for _, s := range pages {
		e, _ := s.until("notif-list")
		if e.id != id {
			t.Errorf("id %s", e.id)
		}
		texts[e.data]++
	}
	if len(texts) != 2 {
		t.Errorf("%d different renderings for two languages", len(texts))
	}
}
