package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"latido/handlers/access"
)

// allShared is a link with every card.
var allShared = access.ShareLink{Name: "wall", Cards: []string{"metrics", "trading", "logs", "notifications", "tasks", "machine", "hub"}, User: 3}

// sendsAs posts JSON as the administrator.
func (r *closedRig) sendsAs(path, body string) (id string) {
	r.t.Helper()
	a := r.post(path, body, r.as["admin"]...)
	if a.status != http.StatusOK {
		r.t.Fatalf("POST %s: %d %s", path, a.status, a.body)
	}
	id, _ = a.json(r.t)["id"].(string)
	return id
}

// TestShareLinkLeadsNowhere: what a notification leads to, and the file of a task,
// are for known callers: not on the page, not in an event, not in a snapshot.
func TestShareLinkLeadsNowhere(t *testing.T) {
	r, _, path, _ := shareRig(t, allShared)
	fill := func() {
		r.sendsAs("/sse/notify/3", `{"title":"led","message":"m","action_url":"/monitoring"}`)
		r.sendsAs("/sse/broadcast/tasks?event=task_completed", `{"task_id":"x","result":{"url":"/exports/x.ndjson"}}`)
	}
	fill()
	inert := func(what, html string) {
		t.Helper()
		if n := parseHTML(t, html).Find("a, form, button, input, select, textarea").Length(); n != 0 {
			t.Errorf("%s: %d things to press", what, n)
		}
	}
	inert("the page", r.do("GET", path, "").body)
	snapshot := r.open(path+"/live", "Last-Event-ID", "zzzzzzzz-1").next()
	if !strings.Contains(snapshot.Data, "led") || !strings.Contains(snapshot.Data, "task-list") {
		t.Fatalf("no snapshot: %.200q", snapshot.Data)
	}
	inert("the snapshot", snapshot.Data)
	live := r.open(path + "/live")
	live.next()
	fill()
	for _, part := range []string{"notif-list", "task-list"} {
		e, _ := live.until(part)
		inert("an event for "+part, e.Data)
	}
}

// TestSnapshotsHoldTheirCards: the whole state is that of the cards a stream shows,
// for its user, with any credentials.
func TestSnapshotsHoldTheirCards(t *testing.T) {
	r, _, path, _ := shareRig(t, access.ShareLink{Name: "wall", Cards: []string{"logs"}})
	r.sendsAs("/sse/notify/4", `{"title":"for four","message":"m"}`)
	r.sendsAs("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","service":"s","message":"a line"}`)
	for name, s := range map[string]*stream{
		"a link":   r.open(path+"/live?cards=notifications,hub&user=4", "Last-Event-ID", "zzzzzzzz-1"),
		"a viewer": r.open("/live?cards=logs&user=4", append([]string{"Last-Event-ID", "zzzzzzzz-1"}, r.as["viewer"]...)...),
	} {
		e := s.next()
		if !strings.Contains(e.Data, "a line") {
			t.Errorf("%s: no snapshot: %.200q", name, e.Data)
		}
		for _, no := range []string{"for four", "notif-list", "inbox-list", "trading-rows", "task-list", "hub-body"} {
			if strings.Contains(e.Data, no) {
				t.Errorf("%s: %s in a snapshot of logs", name, no)
			}
		}
	}
}

// TestShareLinkAloneSendsNothing: every route that sends, with the secret shown in
// every way there is.
func TestShareLinkAloneSendsNothing(t *testing.T) {
	r, d, path, _ := shareRig(t, allShared)
	secret := strings.TrimPrefix(path, "/share/")
	before := r.last()
	tried := 0
	for _, route := range closedRoutes(r) {
		method, pattern := route.Method, route.Path
		if route.Public || strings.HasPrefix(pattern, "/share/") {
			continue
		}
		tried++
		where := strings.NewReplacer(":channel", "logs", ":user_id", "3", ":id", "7", ":name", "x", ":file", "x.ndjson").Replace(pattern)
		for name, headers := range map[string][]string{
			"key": {"Authorization", "Bearer " + secret}, "ticket": nil, "cookie": {"Cookie", access.CookieName(false) + "=" + secret}, "referrer": {"Referer", r.url + path},
		} {
			to := where
			if name == "ticket" {
				to += "?ticket=" + secret
			}
			if status, _ := r.status(method, to, `{}`, append([]string{"Content-Type", "application/json"}, headers...)...); status != http.StatusUnauthorized {
				t.Errorf("%s %s with the secret as %s: %d", method, where, name, status)
			}
		}
	}
	if tried < 24 || r.last() != before {
		t.Errorf("%d routes tried, %d events sent", tried, r.last()-before)
	}
	if len(d.Links()) != 1 {
		t.Error("the link is gone")
	}
}

// TestShareLinkIsThePathAlone: what else a request shows is neither needed nor wrong.
func TestShareLinkIsThePathAlone(t *testing.T) {
	r, _, path, _ := shareRig(t, access.ShareLink{Name: "wall", Cards: []string{"logs"}})
	for name, headers := range map[string][]string{
		"a session": r.as["admin"], "a wrong key": {"Authorization", "Bearer nonsense"}, "no scheme": {"Authorization", "x"},
		"a wrong cookie": {"Cookie", access.CookieName(false) + "=x"}, "choices": {"Cookie", "latido_prefs=user%3D4%26theme%3Ddark%26lang%3Den"},
		"a session from elsewhere": append([]string{"Origin", "http://evil.test"}, r.as["admin"]...),
	} {
		a := r.do("GET", path+"?ticket=x", "", headers...)
		if a.status != http.StatusOK || !strings.Contains(a.body, `lang="es"`) || !strings.Contains(a.body, `data-theme="auto"`) || strings.Contains(a.body, "/logout") {
			t.Errorf("%s: %d %.300q", name, a.status, a.body)
		}
		if status, _ := r.status("GET", path+"/live?ticket=x", "", headers...); status != http.StatusOK {
			t.Errorf("%s: the stream responds with %d", name, status)
		}
		if a := r.do("GET", "/share/none", "", headers...); a.status != http.StatusNotFound {
			t.Errorf("%s makes a link of nothing: %d", name, a.status)
		}
	}
}

// TestShareSecretStays: every response at the address of a link keeps its secret, and
// the log never has it.
func TestShareSecretStays(t *testing.T) {
	r, d, path, id := shareRig(t, access.ShareLink{Name: "wall", Cards: []string{"logs"}})
	ask := func(method, to string, want int) {
		t.Helper()
		status, h := r.status(method, to, "", "Accept", "text/html")
		if status != want || h.Get("Referrer-Policy") != "no-referrer" || !strings.HasPrefix(h.Get("Cache-Control"), "no-store") || h.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s …%s: %d, want %d; %v", method, strings.TrimPrefix(to, path), status, want, h)
		}
	}
	ask("GET", path, 200)
	ask("GET", path+"/live", 200)
	ask("GET", path+"?lang=xx", 422)
	ask("GET", path+"/live?view="+strings.Repeat("v", 33), 422)
	ask("GET", path+"/live?max_rate=x", 422)
	ask("POST", path, 405)
	ask("GET", path+"/", 404)
	ask("GET", path+"/live/", 404)
	ask("GET", path+"x", 404)
	if err := r.streams.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask("GET", path+"/live", 503)
	if err := d.RemoveLink(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	ask("GET", path, 404)
	ask("GET", path+"/live", 404)
	if strings.Contains(r.log.String(), strings.TrimPrefix(path, "/share/")) {
		t.Error("the secret is in the log")
	}
}

// TestShareRenderedOncePerLanguage: an event is rendered once per language for all
// the pages of all links.
func TestShareRenderedOncePerLanguage(t *testing.T) {
	r, d, path, _ := shareRig(t, allShared)
	other, _, err := d.AddLink(t.Context(), access.ShareLink{Name: "other", Cards: []string{"tasks"}})
	if err != nil {
		t.Fatal(err)
	}
	var open []*stream
	for i := range 60 {
		s := r.open([]string{path, "/share/" + other}[i%2] + "/live?lang=" + []string{"es", "en"}[i/2%2])
		s.next()
		open = append(open, s)
	}
	r.sendsAs("/sse/task-update", `{"task_id":"t","progress":5,"status":"s","message":"m"}`)
	drawn := map[string]int{}
	for _, s := range open {
		e, _ := s.until("task-list")
		drawn[e.ID+e.Data]++
	}
	if len(drawn) != 2 {
		t.Errorf("%d different drawings for 60 pages in two languages, want 2", len(drawn))
	}
}
