package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// wrong is one bad request: its response is known to the letter, and nothing is
// published.
type wrong struct {
	name, method, path, body string
	headers                  []string
	status                   int
	problems                 []string // loc joined by ".", then " ", then type
	detail                   string   // beginning of the sentence, when there are no problems
}

var asJSON = []string{"Content-Type", "application/json"}
var asForm = []string{"Content-Type", "application/x-www-form-urlencoded"}

func wrongBodies(path, valid string) []wrong {
	return []wrong{
		{"no JSON", "POST", path, `{"a":`, asJSON, 400, nil, "The body is not JSON"},
		{"empty body", "POST", path, ``, asJSON, 400, nil, "The body is not JSON"},
		{"two values", "POST", path, valid + valid, asJSON, 400, nil, "The body is not JSON"},
		{"not UTF-8", "POST", path, "{\"a\":\"\xff\"}", asJSON, 400, nil, "The body is not JSON: it is not UTF-8"},
		{"a byte order mark", "POST", path, "\uFEFF" + valid, asJSON, 400, nil, "The body is not JSON"},
		{"nested too deep", "POST", path, `{"a":` + strings.Repeat("[", 4000), asJSON, 400, nil, "The body is not JSON"},
		{"array", "POST", path, `[1]`, asJSON, 422, []string{"body dict_type"}, ""},
		{"null", "POST", path, `null`, asJSON, 422, []string{"body dict_type"}, ""},
		{"string", "POST", path, `"x"`, asJSON, 422, []string{"body dict_type"}, ""},
		{"XML", "POST", path, `<a/>`, []string{"Content-Type", "application/xml"}, 415, nil, "This type of body is not supported: send Content-Type"},
		{"multipart", "POST", path, `x`, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, nil, "This type of body is not supported: send Content-Type"},
		{"malformed type", "POST", path, valid, []string{"Content-Type", "a b"}, 415, nil, "This type of body is not supported: send Content-Type"},
		{"JSON sent as a form", "POST", path, valid, asForm, 415, nil, "The body looks like JSON but was sent as a form"},
		{"bad form", "POST", path, `a=%zz`, asForm, 400, nil, "The form is malformed"},
		{"form not UTF-8", "POST", path, `a=%ff`, asForm, 400, nil, "The form is not UTF-8"},
		{"form name not UTF-8", "POST", path, `%ff=a`, asForm, 400, nil, "The form is not UTF-8"},
		{"too large", "POST", path, `{"a":"` + strings.Repeat("x", 300_000) + `"}`, asJSON, 413, nil, "The body is larger than 262144 bytes"},
		{"GET", "GET", path, ``, nil, 405, nil, "This address does not support the method"},
		{"another site's page", "POST", path, valid, append([]string{"Sec-Fetch-Site", "cross-site"}, asJSON...), 403, nil, "The request comes from a page of another site"},
		{"another origin", "POST", path, valid, append([]string{"Origin", "https://evil.example"}, asJSON...), 403, nil, "The request comes from a page of another site"},
	}
}

func wrongRequests() (all []wrong) {
	for path, valid := range map[string]string{
		"/sse/broadcast/a": `{}`, "/sse/notify/7": `{"title":"t","message":"m"}`,
		"/sse/task-update": `{"task_id":"t","progress":1,"status":"s","message":"m"}`,
		"/tasks/export":    `{"channel":"a"}`, "/ui/broadcast": `{"channel":"a","message":"m"}`,
		"/ui/notify": `{"user_id":"1","title":"t","message":"m"}`,
	} {
		for _, w := range wrongBodies(path, valid) {
			w.name = path + " " + w.name
			all = append(all, w)
		}
	}
	return append(all, []wrong{
		{"broadcast: star", "POST", "/sse/broadcast/a*", `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: greater", "POST", "/sse/broadcast/a%3E", `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: space at an end", "POST", "/sse/broadcast/%20a", `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: line break", "POST", "/sse/broadcast/a%0Ab", `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: NUL", "POST", "/sse/broadcast/a%00b", `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: right-to-left override", "POST", "/sse/broadcast/a%E2%80%AEb", `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: not UTF-8", "POST", "/sse/broadcast/%ff", `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: 129 bytes", "POST", "/sse/broadcast/" + strings.Repeat("a", 129), `{}`, asJSON, 422, []string{"path.channel channel_name"}, ""},
		{"broadcast: no channel", "POST", "/sse/broadcast/", `{}`, asJSON, 404, nil, "There is nothing at this address"},
		{"broadcast: more path", "POST", "/sse/broadcast/a/b", `{}`, asJSON, 404, nil, "There is nothing at this address"},
		{"broadcast: user text", "POST", "/sse/broadcast/a?user_id=x", `{}`, asJSON, 422, []string{"query.user_id int_parsing"}, ""},
		{"broadcast: user empty", "POST", "/sse/broadcast/a?user_id=", `{}`, asJSON, 422, []string{"query.user_id int_parsing"}, ""},
		{"broadcast: user zero", "POST", "/sse/broadcast/a?user_id=0", `{}`, asJSON, 422, []string{"query.user_id greater_than_equal"}, ""},
		{"broadcast: event name", "POST", "/sse/broadcast/a?event=A-b", `{}`, asJSON, 422, []string{"query.event event_name"}, ""},
		{"broadcast: empty event name", "POST", "/sse/broadcast/a?event=", `{}`, asJSON, 422, []string{"query.event event_name"}, ""},
		{"broadcast: control name", "POST", "/sse/broadcast/a?event=gap", `{}`, asJSON, 422, []string{"query.event event_name"}, ""},
		{"broadcast: 65 characters", "POST", "/sse/broadcast/a?event=" + strings.Repeat("a", 65), `{}`, asJSON, 422, []string{"query.event event_name"}, ""},
		{"broadcast: everything at once", "POST", "/sse/broadcast/*?event=A&user_id=-1", `{}`, asJSON, 422,
			[]string{"path.channel channel_name", "query.user_id greater_than_equal", "query.event event_name"}, ""},
		{"empty key", "POST", "/sse/broadcast/a", `{}`, append([]string{"Idempotency-Key", ""}, asJSON...), 422, []string{"header.Idempotency-Key idempotency_key"}, ""},
		{"key with a space", "POST", "/sse/notify/1", `{"title":"t","message":"m"}`, append([]string{"Idempotency-Key", "a b"}, asJSON...), 422, []string{"header.Idempotency-Key idempotency_key"}, ""},
		{"key too long", "POST", "/sse/task-update", `{}`, append([]string{"Idempotency-Key", strings.Repeat("k", 256)}, asJSON...), 422, []string{"header.Idempotency-Key idempotency_key"}, ""},
		{"two keys", "POST", "/sse/broadcast/a", `{}`, append([]string{"Idempotency-Key", "a", "Idempotency-Key", "b"}, asJSON...), 422, []string{"header.Idempotency-Key idempotency_key"}, ""},

		{"notify: nothing", "POST", "/sse/notify/7", `{}`, asJSON, 422, []string{"body.title missing", "body.message missing"}, ""},
		{"notify: types", "POST", "/sse/notify/7", `{"title":1,"message":null,"level":2}`, asJSON, 422,
			[]string{"body.title string_type", "body.message string_type", "body.level string_type"}, ""},
		{"notify: level", "POST", "/sse/notify/7", `{"title":"t","message":"m","level":"INFO"}`, asJSON, 422, []string{"body.level literal_error"}, ""},
		{"notify: user text", "POST", "/sse/notify/x", `{"title":"t","message":"m"}`, asJSON, 422, []string{"path.user_id int_parsing"}, ""},
		{"notify: user zero", "POST", "/sse/notify/0", `{"title":"t","message":"m"}`, asJSON, 422, []string{"path.user_id greater_than_equal"}, ""},
		{"notify: user too large", "POST", "/sse/notify/9223372036854775808", `{"title":"t","message":"m"}`, asJSON, 422, []string{"path.user_id int_parsing"}, ""},
		{"notify: form with empty fields", "POST", "/sse/notify/7", `title=&message=`, asForm, 422, []string{"body.title missing", "body.message missing"}, ""},
		{"notify: form with two titles", "POST", "/sse/notify/7", `title=a&title=b&message=m`, asForm, 422, []string{"body.title string_type"}, ""},

		{"task: nothing", "POST", "/sse/task-update", `{}`, asJSON, 422,
			[]string{"body.task_id missing", "body.progress missing", "body.status missing", "body.message missing"}, ""},
		{"task: too far", "POST", "/sse/task-update", `{"task_id":"t","progress":100.1,"status":"s","message":"m"}`, asJSON, 422, []string{"body.progress less_than_equal"}, ""},
		{"task: negative", "POST", "/sse/task-update", `{"task_id":"t","progress":-1,"status":"s","message":"m"}`, asJSON, 422, []string{"body.progress greater_than_equal"}, ""},
		{"task: text", "POST", "/sse/task-update", `{"task_id":"t","progress":"50","status":"s","message":"m"}`, asJSON, 422, []string{"body.progress float_parsing"}, ""},
		{"task: endless", "POST", "/sse/task-update", `{"task_id":"t","progress":1e999,"status":"s","message":"m"}`, asJSON, 422, []string{"body.progress float_parsing"}, ""},
		{"task: bool", "POST", "/sse/task-update", `{"task_id":"t","progress":true,"status":"s","message":"m"}`, asJSON, 422, []string{"body.progress float_parsing"}, ""},
		{"task: form NaN", "POST", "/sse/task-update", `task_id=t&progress=NaN&status=s&message=m`, asForm, 422, []string{"body.progress float_parsing"}, ""},
		{"task: form hexadecimal", "POST", "/sse/task-update", `task_id=t&progress=0x1p4&status=s&message=m`, asForm, 422, []string{"body.progress float_parsing"}, ""},

		{"export: nothing", "POST", "/tasks/export", `{}`, asJSON, 422, []string{"body.channel missing"}, ""},
		{"export: bad channel", "POST", "/tasks/export", `{"channel":"*"}`, asJSON, 422, []string{"body.channel channel_name"}, ""},
		{"cancel: unknown", "POST", "/tasks/nope/cancel", ``, nil, 404, nil, "There is nothing of this name"},
		{"download: unknown", "GET", "/exports/nope.ndjson", ``, nil, 404, nil, "There is nothing of this name"},
		{"download: path tricks", "GET", "/exports/..%2f..%2fetc%2fpasswd", ``, nil, 404, nil, "There is nothing of this name"},

		{"form: user text", "POST", "/ui/notify", `user_id=x&title=t&message=m`, asForm, 422, []string{"body.user_id int_parsing"}, ""},
		{"form: everything", "POST", "/ui/notify", ``, asForm, 422, []string{"body.user_id missing", "body.title missing", "body.message missing"}, ""},
		{"form: broadcast", "POST", "/ui/broadcast", `channel=*`, asForm, 422, []string{"body.message missing", "body.channel channel_name"}, ""},
		{"prefs: everything", "POST", "/ui/prefs", `lang=fr&theme=pink&user=0`, asForm, 422,
			[]string{"body.lang literal_error", "body.theme literal_error", "body.user greater_than_equal"}, ""},
		{"clear: unknown list", "POST", "/ui/clear", `list=x`, asForm, 422, []string{"body.list literal_error"}, ""},
		{"clear: nothing", "POST", "/ui/clear", ``, asForm, 422, []string{"body.list missing"}, ""},
		{"connection: nothing", "POST", "/ui/connection", ``, asForm, 422, []string{"body.action missing", "body.cards missing"}, ""},
		{"connection: unknown", "POST", "/ui/connection", `action=x&cards=y`, asForm, 422, []string{"body.action literal_error", "body.cards literal_error"}, ""},

		{"events: bad channel", "GET", "/sse/events?channel=a&channel=*", ``, nil, 422, []string{"query.channel channel_name"}, ""},
		{"events: empty channel", "GET", "/sse/events?channel=", ``, nil, 422, []string{"query.channel channel_name"}, ""},
		{"events: user", "GET", "/sse/events?user_id=1.5", ``, nil, 422, []string{"query.user_id int_parsing"}, ""},
		{"events: too many", "GET", "/sse/events?" + strings.Repeat("channel=a&", 65), ``, nil, 422, []string{"query.channel too_long"}, ""},
		{"events: POST", "POST", "/sse/events", `{}`, asJSON, 405, nil, "This address does not support the method"},
		{"notifications: user", "GET", "/sse/notifications/-1", ``, nil, 422, []string{"path.user_id greater_than_equal"}, ""},
		{"history: channel", "GET", "/sse/history/*", ``, nil, 422, []string{"path.channel channel_name"}, ""},
		{"history: after", "GET", "/sse/history/a?after=x", ``, nil, 422, []string{"query.after event_id"}, ""},
		{"history: limit text", "GET", "/sse/history/a?limit=x", ``, nil, 422, []string{"query.limit int_parsing"}, ""},
		{"history: limit zero", "GET", "/sse/history/a?limit=0", ``, nil, 422, []string{"query.limit greater_than_equal"}, ""},
		{"history: limit large", "GET", "/sse/history/a?limit=1001", ``, nil, 422, []string{"query.limit less_than_equal"}, ""},
		{"live: cards", "GET", "/live?cards=metrics,x", ``, nil, 422, []string{"query.cards literal_error"}, ""},
		{"live: language and user", "GET", "/live?lang=fr&user=0", ``, nil, 422, []string{"query.lang literal_error", "query.user greater_than_equal"}, ""},
		{"nothing there", "GET", "/nope", ``, nil, 404, nil, "There is nothing at this address"},
		{"no asset", "GET", "/assets/nope.js", ``, nil, 404, nil, "There is nothing of this name"},
		{"DELETE", "DELETE", "/", ``, nil, 405, nil, "This address does not support the method"},
	}...)
}

func TestBadInputGetsItsResponseAndPublishesNothing(t *testing.T) {
	r := newRig(t)
	for _, w := range wrongRequests() {
		t.Run(w.name, func(t *testing.T) {
			a := r.do(w.method, w.path, w.body, w.headers...)
			if a.status != w.status {
				t.Fatalf("%d %s, want %d", a.status, a.body, w.status)
			}
			if kind := a.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
				t.Errorf("Content-Type %q", kind)
			}
			if w.status == http.StatusMethodNotAllowed && a.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
			if w.problems == nil {
				if detail, _ := a.json(t)["detail"].(string); !strings.HasPrefix(detail, w.detail) {
					t.Errorf("detail %q, want %q", detail, w.detail)
				}
				return
			}
			checkProblems(t, a.body, w.problems)
		})
	}
	if n := r.last(); n != 0 {
		t.Errorf("%d events were published", n)
	}
	if len(r.jobs.exported) != 0 {
		t.Errorf("exports were started: %v", r.jobs.exported)
	}
}

func checkProblems(t *testing.T, body string, want []string) {
	t.Helper()
	var v struct {
		Detail []struct {
			Loc       []string
			Msg, Type string
		}
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var got []string
	for _, p := range v.Detail {
		got = append(got, strings.Join(p.Loc, ".")+" "+p.Type)
		if p.Msg == "" || strings.ToUpper(p.Msg[:1]) != p.Msg[:1] {
			t.Errorf("the message for %v is %q", p.Loc, p.Msg)
		}
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("problems %q, want %q", got, want)
	}
}

func TestMembersThatComeTwiceAreOneAndTheServersOwnWin(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/events?channel=a")
	s.next()
	r.post("/sse/broadcast/a", `{ "b":1, "sender":"x", "a":2, "b" : {"n":1.0},"\u0063hannel":"forged"}`)
	_, _, e := s.object()
	want := `{"event":"broadcast","data":{"b":{"n":1.0},"sender":null,"a":2,"\u0063hannel":"a","timestamp":`
	if !strings.HasPrefix(e.Data, want) {
		t.Errorf("%s, want %s", e.Data, want)
	}
}

func TestActionURLs(t *testing.T) {
	r := newRig(t)
	for link, ok := range map[string]bool{
		"https://example.org/a?b#c": true, "http://localhost:8080": true, "/": true, "/a/b?c=d": true, "HTTPS://EXAMPLE.ORG": true,
		"javascript:alert(1)": false, "JaVaScRiPt:alert(1)": false, " javascript:alert(1)": false, "java\tscript:alert(1)": false,
		"data:text/html,x": false, "//evil.example": false, "/\\evil.example": false, "\\\\evil.example": false, "ftp://x": false,
		"mailto:a@b": false, "x": false, "": false, "http://": false, "https:///x": false, "/\nx": false, "vbscript:x": false,
	} {
		body, err := json.Marshal(map[string]string{"title": "t", "message": "m", "action_url": link})
		if err != nil {
			t.Fatal(err)
		}
		a := r.post("/sse/notify/1", string(body))
		if ok && a.status != 200 || !ok && a.status != 422 {
			t.Errorf("%q: %d %s", link, a.status, a.body)
		}
		if !ok {
			checkProblems(t, a.body, []string{"body.action_url url_scheme"})
		}
	}
}
