package handlers_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

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
			checkInert(t, name+" in "+c.part, e.Data)
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
