package handlers_test

import (
	"net/http"
	"strings"
	"testing"
)

var (
	formType = []string{"Content-Type", "application/x-www-form-urlencoded"}
	fromHTMX = append([]string{"HX-Request", "true", "Accept", "text/html, text/event-stream"}, formType...)
	noScript = append([]string{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, formType...)
)

func TestEveryPostTakesFormsAndRespondsAsAsked(t *testing.T) {
	r := newRig(t)
	for path, form := range map[string]string{
		"/sse/broadcast/a": "x=1&y=a&y=b", "/sse/notify/7": "title=t&message=m&level=error&action_url=%2Fx",
		"/sse/task-update": "task_id=t&progress=50&status=s&message=m", "/tasks/export": "channel=a", "/tasks/task_1/cancel": "",
		"/ui/broadcast": "channel=a&message=m", "/ui/notify": "user_id=7&title=t&message=m", "/ui/notify-test": "",
	} {
		a := r.do("POST", path, form, formType...)
		if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s as JSON: %d %s", path, a.status, a.body)
		}
		fragment := r.do("POST", path, form, fromHTMX...)
		if fragment.status != 200 || !strings.HasPrefix(fragment.header.Get("Content-Type"), "text/html") ||
			strings.Contains(fragment.body, "<html") || parseHTML(t, fragment.body).Find(`[data-ok="true"]`).Length() != 1 {
			t.Errorf("%s for htmx: %d %.200s", path, fragment.status, fragment.body)
		}
		page := r.do("POST", path, form, noScript...)
		if page.status != 200 || !strings.Contains(page.body, "<html") || parseHTML(t, page.body).Find(`main [data-ok="true"]`).Length() != 1 {
			t.Errorf("%s without script: %d %.200s", path, page.status, page.body)
		}
	}
	stored := r.do("GET", "/sse/history/a?limit=1000", "").json(t)["events"].([]any)
	var data map[string]any
	for _, e := range stored {
		if d := e.(map[string]any)["data"].(map[string]any); d["x"] != nil {
			data = d
		}
	}
	if list, _ := data["y"].([]any); data["x"] != "1" || len(list) != 2 {
		t.Errorf("a form's fields became %v", data)
	}
}

func TestFormsThatAreWrongSayWhatToMend(t *testing.T) {
	r := newRig(t)
	for _, lang := range []string{"es", "en"} {
		headers := append([]string{"Accept-Language", lang}, fromHTMX...)
		a := r.do("POST", "/ui/notify", "user_id=0&title=&message=m&action_url=javascript:alert(1)", headers...)
		doc := parseHTML(t, a.body)
		want := map[string]string{"es": "Debe empezar por", "en": "must begin with"}[lang]
		if a.status != 422 || doc.Find(`[data-ok="false"] li`).Length() != 3 {
			t.Errorf("%s: %d %s", lang, a.status, a.body)
		}
		if !strings.Contains(doc.Text(), want) {
			t.Errorf("%s: %s", lang, doc.Text())
		}
	}
	page := r.do("POST", "/ui/notify", "", noScript...)
	if page.status != 422 || parseHTML(t, page.body).Find("main li").Length() != 3 {
		t.Errorf("without script: %d %s", page.status, page.body)
	}
	if r.last() != 0 {
		t.Error("something was published")
	}
}

func TestPagesOfErrors(t *testing.T) {
	r := newRig(t)
	a := r.do("GET", "/nope", "", "Accept", "text/html", "Accept-Language", "en")
	if doc := parseHTML(t, a.body); a.status != 404 || doc.Find("html").AttrOr("lang", "") != "en" || !strings.Contains(doc.Find("main").Text(), "nothing here") {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.journal.FailAppend(errBroken)
	fragment := r.do("POST", "/ui/broadcast", "channel=a&message=m", fromHTMX...)
	if fragment.status != 503 || parseHTML(t, fragment.body).Find(`[data-ok="false"]`).Length() != 1 {
		t.Errorf("%d %s", fragment.status, fragment.body)
	}
	r.jobs.busy = true
	if a := r.do("POST", "/tasks/export", "channel=a", formType...); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// keep returns the cookie header for the next request.
func keep(t *testing.T, a response) []string {
	t.Helper()
	c, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge <= 0 {
		t.Fatalf("%d, cookie %q: %v", a.status, a.header.Get("Set-Cookie"), err)
	}
	return []string{"Cookie", c.Name + "=" + c.Value}
}

func TestPrefsAreRemembered(t *testing.T) {
	r := newRig(t)
	a := r.do("POST", "/ui/prefs", "lang=en&return=/monitoring", noScript...)
	if a.status != 303 || a.header.Get("Location") != "/monitoring" {
		t.Errorf("%d to %q", a.status, a.header.Get("Location"))
	}
	cookie := keep(t, a)
	a = r.do("POST", "/ui/prefs", "theme=dark", append(noScript, cookie...)...)
	cookie = keep(t, a)
	a = r.do("POST", "/ui/prefs", "user=9&return=//evil.example", append(noScript, cookie...)...)
	if a.header.Get("Location") != "/" {
		t.Errorf("sent away to %q", a.header.Get("Location"))
	}
	cookie = keep(t, a)
	a = r.do("POST", "/ui/prefs", "log_levels=1&log_error=1&return=/", append(fromHTMX, cookie...)...)
	if a.status != 204 {
		t.Errorf("%d", a.status)
	}
	cookie = keep(t, a)
	doc, live := r.page("/", cookie...)
	if doc.Find("html").AttrOr("lang", "") != "en" || doc.Find("html").AttrOr("data-theme", "") != "dark" {
		t.Error("language or theme forgotten")
	}
	if !strings.Contains(live, "user=9") || !strings.Contains(live, "lang=en") {
		t.Errorf("live stream %s", live)
	}
	for level, want := range map[string]bool{"error": true, "warning": false, "info": false, "debug": false} {
		if _, checked := doc.Find("#f-" + level).Attr("checked"); checked != want {
			t.Errorf("filter %s checked %v", level, checked)
		}
	}
	a = r.do("POST", "/ui/prefs", "theme=auto", append(noScript, cookie...)...)
	if doc, _ := r.page("/", keep(t, a)...); doc.Find("html").AttrOr("data-theme", "") == "dark" {
		t.Error("the automatic theme can't be chosen again")
	}
}

func TestACookieThatIsNotOursCountsAsNone(t *testing.T) {
	r := newRig(t)
	for _, value := range []string{"%zz", "lang=fr&theme=pink&user=-1&clear_logs=x", strings.Repeat("a", 3000), `"`, "user=99999999999999999999"} {
		if doc, live := r.page("/", "Cookie", "latido_prefs="+value); doc.Find("html").AttrOr("lang", "") != "es" || !strings.Contains(live, "user=1&") {
			t.Errorf("%.40q was taken", value)
		}
	}
}

func TestClearHidesWhatWasThereAndNothingElse(t *testing.T) {
	r := newRig(t)
	for list, post := range map[string][2]string{
		"logs":          {"/sse/broadcast/logs?event=log_entry", `{"level":"INFO","message":"WORD"}`},
		"notifications": {"/sse/notify/1", `{"title":"WORD","message":"m"}`},
	} {
		id := map[string]string{"logs": "#log-list", "notifications": "#notif-list"}[list]
		r.post(post[0], strings.Replace(post[1], "WORD", "before", 1))
		r.settle()
		a := r.do("POST", "/ui/clear", "list="+list, fromHTMX...)
		if a.status != 200 || partial(t, a.body, id[1:]).Length() != 1 {
			t.Errorf("%s: %d %s", list, a.status, a.body)
		}
		cookie := keep(t, a)
		r.post(post[0], strings.Replace(post[1], "WORD", "after", 1))
		r.settle()
		doc, _ := r.page("/", cookie...)
		if text := doc.Find(id).Text(); strings.Contains(text, "before") || !strings.Contains(text, "after") {
			t.Errorf("%s shows %q", list, text)
		}
		s := r.open("/live", append([]string{"Last-Event-ID", "zzz-1"}, cookie...)...)
		if text := partial(t, s.next().Data, id[1:]).Text(); strings.Contains(text, "before") || !strings.Contains(text, "after") {
			t.Errorf("%s after a gap shows %q", list, text)
		}
		if a := r.do("POST", "/ui/clear", "list="+list+"&return=/notifications", noScript...); a.status != 303 || a.header.Get("Location") != "/notifications" {
			t.Errorf("%s without script: %d", list, a.status)
		}
	}
}

func TestACutOfAnotherEpochHidesNothing(t *testing.T) {
	r := newRig(t)
	r.post("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","message":"seen"}`)
	r.settle()
	if doc, _ := r.page("/", "Cookie", "latido_prefs=clear_logs=zzz-99"); !strings.Contains(doc.Find("#log-list").Text(), "seen") {
		t.Error("a position of another epoch hides what came after a restore")
	}
}

func TestTasksLinkOnlyToExports(t *testing.T) {
	r := newRig(t)
	for id, url := range map[string]string{"good": "/exports/task_1.ndjson", "host": "https://evil.example/x", "path": "/ui/clear", "script": "javascript:alert(1)"} {
		r.post("/sse/broadcast/tasks?event=task_completed", `{"task_id":"`+id+`","status":"completed","result":{"url":"`+url+`"},"message":"m"}`)
	}
	r.settle()
	doc, _ := r.page("/")
	if links := doc.Find("#task-list a"); links.Length() != 1 || links.AttrOr("href", "") != "/exports/task_1.ndjson" {
		html, _ := doc.Find("#task-list").Html()
		t.Errorf("links in %s", html)
	}
}

func TestConnectionControl(t *testing.T) {
	r := newRig(t)
	off := r.do("POST", "/ui/connection", "action=disconnect&cards=metrics,tasks", fromHTMX...)
	if doc := parseHTML(t, off.body); off.status != 200 || doc.Find("#conn").Length() != 1 || strings.Contains(off.body, "hx-sse:connect") {
		t.Errorf("%d %s", off.status, off.body)
	}
	for _, action := range []string{"connect", "reconnect"} {
		on := r.do("POST", "/ui/connection", "action="+action+"&cards=metrics,tasks", fromHTMX...)
		live := parseHTML(t, on.body).Find("#conn").AttrOr("hx-sse:connect", "")
		if on.status != 200 || !strings.Contains(live, "cards=metrics,tasks&") {
			t.Fatalf("%s: %d %s", action, on.status, on.body)
		}
		// Whatever was missed while the page was disconnected comes at once.
		if e := r.open(live).next(); partial(t, e.Data, "task-list").Length() != 1 {
			t.Errorf("%s: the stream does not begin with the state: %s", action, e.Data)
		}
	}
	// The rates that pages had are checked, and mean nothing.
	on := r.do("POST", "/ui/connection", "action=connect&cards=metrics&rates=max_rate%3D2%26max_rate_tasks%3D0.5", fromHTMX...)
	if live := parseHTML(t, on.body).Find("#conn").AttrOr("hx-sse:connect", ""); !strings.Contains(live, "cards=metrics&") || strings.Contains(live, "max_rate") {
		t.Errorf("the stream is %q", live)
	}
	if a := r.do("POST", "/ui/connection", "action=connect&cards=metrics&rates=max_rate%3D0", fromHTMX...); a.status != 422 {
		t.Errorf("a rate of 0: %d", a.status)
	}
	if a := r.do("POST", "/ui/connection", "action=connect&cards=metrics&return=/", noScript...); a.status != 303 {
		t.Errorf("without script: %d", a.status)
	}
}

func TestDownload(t *testing.T) {
	r := newRig(t)
	a := r.do("GET", "/exports/task_1.ndjson", "")
	if a.status != 200 || a.body != "{}\n" || a.header.Get("Content-Type") != "application/x-ndjson" ||
		a.header.Get("Content-Disposition") != `attachment; filename="task_1.ndjson"` {
		t.Errorf("%d %v %q", a.status, a.header, a.body)
	}
}

func TestStatsFragment(t *testing.T) {
	r := newRig(t)
	if a := r.do("GET", "/ui/stats", "", fromHTMX...); a.status != 200 || partial(t, a.body, "stats-body").Length() != 1 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.do("GET", "/ui/stats", "", noScript...); a.status != 303 {
		t.Errorf("without script: %d", a.status)
	}
}
