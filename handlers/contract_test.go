package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"latido/handlers"
	"latido/hub"
)

// The rows of the API's contract, each over real HTTP.

func checkStreamHeaders(t *testing.T, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*", "X-Accel-Buffering": "no",
		"Cache-Control": "no-cache, no-transform",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func checkTime(t *testing.T, v any) {
	t.Helper()
	s, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("timestamp %v is not RFC 3339 of just now (%v)", v, err)
	}
}

func checkFields(t *testing.T, data map[string]any, want map[string]any) {
	t.Helper()
	for name, value := range want {
		got, there := data[name]
		if !there || got != value {
			t.Errorf("%s is %#v (there: %v), want %#v", name, got, there, value)
		}
	}
}

func TestEventsStream(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/events?channel=noticias&user_id=7")
	checkStreamHeaders(t, s.header)
	name, data, e := s.object()
	if name != "connected" || e.Event != "" || e.Retry < 2*time.Second || e.Retry >= 4*time.Second {
		t.Errorf("first event %+v, want connected with a retry of 2 to 4 s", e)
	}
	checkFields(t, data, map[string]any{"channel": "noticias", "message": "Conectado al canal noticias"})
	checkTime(t, data["timestamp"])

	r.post("/sse/broadcast/otros", `{"text":"not for us"}`)
	a := r.post("/sse/broadcast/noticias?user_id=3", `{"text":"hola","n":1.50,"sender":"forged"}`)
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	id := a.json(t)["id"].(string)
	checkFields(t, a.json(t), map[string]any{"status": "sent", "channel": "noticias", "message": "Mensaje enviado exitosamente"})
	name, data, e = s.object()
	if name != "broadcast" || e.ID != id || e.Event != "" {
		t.Errorf("event %s with id %s, want broadcast with %s", name, e.ID, id)
	}
	checkFields(t, data, map[string]any{"text": "hola", "channel": "noticias", "sender": 3.0})
	checkTime(t, data["timestamp"])
	if !strings.Contains(e.Data, `"n":1.50`) {
		t.Errorf("a number lost its digits: %s", e.Data)
	}

	r.post("/sse/notify/7", `{"title":"T","message":"M"}`)
	if name, data, _ = s.object(); name != "notification" || data["title"] != "T" {
		t.Errorf("%s %v, want the user's notification", name, data)
	}
}

func TestEventsStreamDefaultsToGeneral(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/events")
	if _, data, _ := s.object(); data["channel"] != "general" {
		t.Errorf("connected to %v", data)
	}
	r.post("/sse/broadcast/general", `{}`)
	_, data, _ := s.object()
	checkFields(t, data, map[string]any{"sender": nil, "channel": "general"})
}

func TestIdleStreamGetsHeartbeats(t *testing.T) {
	r := newRig(t, func(c *handlers.Config) { c.Heartbeat = 30 * time.Millisecond })
	s := r.open("/sse/events?channel=a")
	s.next()
	elsewhere := r.post("/sse/broadcast/b", `{}`).json(t)["id"]
	r.settle()
	for {
		e := s.next()
		var heartbeat map[string]any
		if err := json.Unmarshal([]byte(e.Data), &heartbeat); err != nil || heartbeat["event"] != "heartbeat" || len(heartbeat) != 2 || e.Event != "" {
			t.Fatalf("%+v, want a heartbeat", e)
		}
		checkTime(t, heartbeat["timestamp"])
		if e.ID == elsewhere { // it takes a quiet client past what others get
			return
		}
	}
}

func TestOneStreamManyChannels(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/events?channel=a&channel=b%2Fc&channel=a")
	for _, want := range []string{"a", "b/c", "a"} {
		if name, data, _ := s.object(); name != "connected" || data["channel"] != want {
			t.Errorf("%s %v, want connected to %s", name, data, want)
		}
	}
	first := r.post("/sse/broadcast/b%2Fc", `{"n":1}`)
	second := r.post("/sse/broadcast/a", `{"n":2}`)
	for i, a := range []response{first, second} {
		if _, data, e := s.object(); data["n"] != float64(i+1) || e.ID != a.json(t)["id"] {
			t.Errorf("event %d: %v", i, e)
		}
	}
}

func TestChannelIsOneOpaqueName(t *testing.T) {
	r := newRig(t)
	for path, channel := range map[string]string{
		"a.b": "a.b", "a%2Fb": "a/b", "a+b": "a+b", "a%20b": "a b", "%C3%B1": "ñ", "100%25": "100%", "%252F": "%2F", "_": "_",
		strings.Repeat("x", 128): strings.Repeat("x", 128),
	} {
		a := r.post("/sse/broadcast/"+path, `{}`)
		if a.status != 200 || a.json(t)["channel"] != channel {
			t.Errorf("%s: %d %s", path, a.status, a.body)
			continue
		}
		h := r.do("GET", "/sse/history/"+path, "").json(t)
		if events := h["events"].([]any); len(events) != 1 || h["channel"] != channel {
			t.Errorf("history of %s: %v", path, h)
		}
	}
}

func TestSpecialStreams(t *testing.T) {
	r := newRig(t)
	r.post("/sse/broadcast/metrics?event=system_metrics", `{"cpu_percent":1}`)
	latest := r.post("/sse/broadcast/metrics?event=system_metrics", `{"cpu_percent":2}`).json(t)["id"]
	r.settle()
	s := r.open("/sse/metrics")
	checkStreamHeaders(t, s.header)
	name, data, e := s.object()
	if name != "system_metrics" || data["cpu_percent"] != 2.0 || e.ID != latest || !e.HasRetry {
		t.Errorf("first event %+v, want the latest sample at once", e)
	}
	for channel, name := range map[string]string{"trading": "price_update", "logs": "log_entry"} {
		r.post("/sse/broadcast/"+channel+"?event="+name, `{"old":true}`)
		r.settle()
		s := r.open("/sse/" + channel)
		checkStreamHeaders(t, s.header)
		a := r.post("/sse/broadcast/"+channel+"?event="+name, `{"symbol":"X"}`)
		got, data, e := s.object()
		if got != name || data["symbol"] != "X" || len(data) != 1 || e.ID != a.json(t)["id"] {
			t.Errorf("%s: %+v, want the new event with its body as data", channel, e)
		}
	}
}

func TestNotifications(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/notifications/7")
	both := r.open("/sse/events?channel=x&user_id=7")
	both.next()
	r.post("/sse/notify/8", `{"title":"other","message":"user"}`)
	// A task of the user is no notification of the user.
	if _, err := r.hub.Publish(t.Context(), hub.Draft{Name: "task_started", Channel: "tasks", User: 7, Data: json.RawMessage(`{}`)}); err != nil {
		t.Fatal(err)
	}
	a := r.post("/sse/notify/7", `{"title":"T","message":"M","level":"warning","action_url":"/x?y=1"}`)
	checkFields(t, a.json(t), map[string]any{"status": "sent", "user_id": 7.0, "message": "Notificación enviada"})
	name, data, e := s.object()
	if name != "notification" || e.ID != a.json(t)["id"] || !strings.HasPrefix(data["id"].(string), "notif_") {
		t.Errorf("%s %+v", name, e)
	}
	checkFields(t, data, map[string]any{"title": "T", "message": "M", "level": "warning", "type": "warning", "action_url": "/x?y=1", "read": false})
	checkTime(t, data["timestamp"])
	if name, _, _ = both.object(); name != "task_started" {
		t.Errorf("%s, want the user's task on a stream of the user", name)
	}
	if name, _, again := both.object(); name != "notification" || again.Data != e.Data || again.ID != e.ID {
		t.Errorf("the same notification differs between streams: %+v and %+v", e, again)
	}
	r.post("/sse/notify/7", `{"title":"T","message":"M"}`)
	_, data, _ = s.object()
	checkFields(t, data, map[string]any{"level": "info", "action_url": nil})
}

func TestTaskUpdate(t *testing.T) {
	r := newRig(t)
	s := r.open("/sse/events?channel=tasks")
	s.next()
	a := r.post("/sse/task-update", `{"task_id":"t 1","progress":12.5,"status":"running","message":"m"}`)
	checkFields(t, a.json(t), map[string]any{"status": "broadcasted", "task_id": "t 1"})
	name, data, _ := s.object()
	if name != "task_update" {
		t.Errorf("event %s", name)
	}
	checkFields(t, data, map[string]any{"task_id": "t 1", "progress": 12.5, "status": "running", "message": "m"})
	checkTime(t, data["timestamp"])
}

func TestStats(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/sse/events?channel=a&user_id=1", "/sse/events?channel=a&channel=b&user_id=1",
		"/sse/notifications/2", "/sse/metrics", "/live?cards=metrics,tasks"} {
		r.open(path)
	}
	a := r.do("GET", "/sse/stats", "")
	v := a.json(t)
	if a.status != 200 || v["total_connections"] != 5.0 || v["users_connected"] != 2.0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	checkFields(t, v["channels"].(map[string]any), map[string]any{"a": 2.0, "b": 1.0, "metrics": 2.0, "tasks": 1.0})
	checkTime(t, v["timestamp"])
}

func TestIdempotencyKey(t *testing.T) {
	r := newRig(t)
	first := r.post("/sse/broadcast/a", `{"n":1}`, "Idempotency-Key", "k1").json(t)["id"]
	again := r.post("/sse/broadcast/a", `{"n":1}`, "Idempotency-Key", "k1").json(t)["id"]
	elsewhere := r.post("/sse/broadcast/b", `{"n":1}`, "Idempotency-Key", "k1").json(t)["id"]
	if first != again || first == elsewhere || r.last() != 2 {
		t.Errorf("ids %v %v %v, %d stored; want a retry to be the same event, and another channel another one", first, again, elsewhere, r.last())
	}
}

func TestHealth(t *testing.T) {
	r := newRig(t)
	if a := r.do("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("healthz %d", a.status)
	}
	if a := r.do("GET", "/readyz", ""); a.status != 200 {
		t.Errorf("readyz %d %s", a.status, a.body)
	}
	for name, fail := range map[string]func(error){"reads": r.journal.FailReads, "writes": r.journal.FailAppend} {
		fail(errBroken)
		if a := r.do("GET", "/readyz", ""); a.status != 503 || strings.Contains(a.body, errBroken.Error()) {
			t.Errorf("readyz %d %s although %s fail", a.status, a.body, name)
		}
		fail(nil)
	}
	if a := r.do("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("healthz %d: the process lives", a.status)
	}
}

func TestStoreThatFailsIsReportedAndLogged(t *testing.T) {
	r := newRig(t)
	r.journal.FailAppend(errBroken)
	a := r.post("/sse/broadcast/a", `{}`)
	if a.status != 503 || a.header.Get("Retry-After") == "" || !strings.Contains(a.json(t)["detail"].(string), "could not be stored") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	if !strings.Contains(r.log.String(), errBroken.Error()) || strings.Contains(a.body, errBroken.Error()) {
		t.Errorf("the cause belongs into the log, not into the response:\n%s\n%s", r.log, a.body)
	}
}
