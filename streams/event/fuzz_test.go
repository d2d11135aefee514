package event_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"latido/hub"
	"latido/streams/event"
)

// names are those of all events that have a payload, and one that has none.
var names = []string{
	"notification", "log_entry", "price_update", "system_metrics", "metric_update",
	"task_started", "task_progress", "task_completed", "task_failed", "task_update", "broadcast",
}

// FuzzDecode decodes any data under any name. What comes out as a number stands
// in the data as one, and a payload that is encoded and decoded again is the
// same.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{}`, `null`, `[]`, `{`, ``, "\x00", "\xff\xfe", `{"price":"1"}`, `{"price":null,"volume":1e19}`, `{"volume":-1e19,"price":1e999}`, `{"PRICE":1,"price":2}`,
		`{"level":"\u0000\ud800","message":"a\u2028b","title":5}`, "{\"message\":\"\xff\"}", `{"result":{"url":"/exports/a.ndjson"}}`, `{"result":[[[[[[1]]]]]]}`,
		`{"progress":-0.0}`, `{"progress":00}`, `{"cpu_percent":1e-999,"disk_percent":null}`, `{"task_id":"t","error":"cancelled","timestamp":"2026-01-02T03:04:05Z"}`,
	} {
		for name := range names {
			f.Add(name, []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, name int, data []byte) {
		e := stored(hub.Draft{Name: names[uint(name)%uint(len(names))], Data: data})
		payload := event.Decode(e)
		if payload == nil {
			if e.Name != "broadcast" {
				t.Fatalf("%s has no payload", e.Name)
			}
			return
		}
		if !json.Valid(data) {
			return // no such event is stored; it was enough not to panic
		}
		checkNumbers(t, payload, data)
		text, err := json.Marshal(payload)
		if err != nil {
			t.Fatalf("%q was decoded as %+v, which cannot be encoded: %v", data, payload, err)
		}
		again := event.Decode(stored(hub.Draft{Name: e.Name, Data: text}))
		if c, ok := again.(*event.TaskCompleted); ok {
			c.Result.URL = payload.(*event.TaskCompleted).Result.URL // is not written again
		}
		if !reflect.DeepEqual(payload, again) {
			t.Fatalf("%q is %+v, and encoded and decoded again %+v", data, payload, again)
		}
	})
}

// checkNumbers fails when a number of a payload does not stand in data.
func checkNumbers(t *testing.T, payload any, data []byte) {
	t.Helper()
	v := reflect.ValueOf(payload).Elem()
	for i := range v.NumField() {
		n, ok := v.Field(i).Interface().(event.Number)
		if !ok {
			continue
		}
		text, err := json.Marshal(n)
		switch {
		case err != nil:
			t.Fatalf("%q: %v", data, err)
		case !n.Has():
			if n.Float() != 0 || n.Int() != 0 || string(text) != "null" {
				t.Fatalf("%q: a missing number is %v, %s", data, n, text)
			}
		case !strings.Contains(string(data), string(text)):
			t.Fatalf("%q: the number %s is not in it", data, text)
		case math.IsNaN(n.Float()) || math.IsInf(n.Float(), 0):
			t.Fatalf("%q: the number %s is %v", data, text, n.Float())
		case math.Signbit(n.Float()) != math.Signbit(float64(n.Int())) && n.Int() != 0:
			t.Fatalf("%q: the number %s wraps to %d", data, text, n.Int())
		}
	}
}

// texts are the field values of a fuzzed draft.
type texts struct{ a, b, c, d string }

func (s texts) add(f *testing.F, x float64) {
	for kind := range uint8(10) {
		f.Add(kind, s.a, s.b, s.c, s.d, x, int64(x), true)
	}
}

// FuzzDrafts makes a draft of any field values. The hub takes it, and its event
// decodes to the same values.
func FuzzDrafts(f *testing.F) {
	texts{"a", "b", "c", "d"}.add(f, 1.5)
	texts{"", "", "", ""}.add(f, 0)
	texts{"\x00", "\xff\xfe", "\u2028", `<script>"\`}.add(f, 1e19)
	texts{strings.Repeat("ñ", 2000), "null", "{}", "\U0010FFFF"}.add(f, math.Inf(-1))
	texts{"req_", "\ud7ff", "\r\n", "\x7f"}.add(f, math.NaN())
	f.Fuzz(func(t *testing.T, kind uint8, a, b, c, d string, x float64, unix int64, yes bool) {
		at := time.UnixMicro(int64(uint64(unix) % 1e17)) // up to the year 5138
		n := event.Float(x)
		switch kind % 10 {
		case 0:
			check(t, event.Notification{Level: a, Title: b, Message: c, ActionURL: event.Link(d), Simulated: yes}.Draft(7, at), func(p *event.Notification) bool {
				return p.Level == encoded(a) && p.Type == p.Level && p.Title == encoded(b) && p.Message == encoded(c) && string(p.ActionURL) == encoded(d) && p.Simulated == yes && !p.Read
			})
		case 1:
			check(t, event.LogEntry{Level: a, Service: b, Message: c, RequestID: d, Simulated: yes}.Draft(at), func(p *event.LogEntry) bool {
				return p.Level == encoded(a) && p.Service == encoded(b) && same(p.Message, c, event.MaxLogMessage) && (d == "" || same(p.RequestID, d, event.MaxRequestID)) && p.RequestID != "" && p.Simulated == yes
			})
		case 2:
			check(t, event.PriceUpdate{Symbol: a, Price: n, Change: n, ChangePercent: n, Volume: n, Simulated: yes}.Draft(at), func(p *event.PriceUpdate) bool {
				return p.Symbol == encoded(a) && p.Price == n && p.Change == n && p.ChangePercent == n && p.Volume == n && p.Simulated == yes
			})
		case 3:
			check(t, event.SystemMetrics{CPU: n, Memory: n, MemoryUsed: n, MemoryTotal: n, Disk: n, DiskFree: n, Node: a}.Draft(at), func(p *event.SystemMetrics) bool {
				return p.CPU == n && p.Memory == n && p.MemoryUsed == n && p.MemoryTotal == n && p.Disk == n && p.DiskFree == n && p.Node == encoded(a)
			})
		case 4:
			check(t, event.TaskStarted{ID: a, Type: b, Message: c}.Draft(1, at), func(p *event.TaskStarted) bool {
				return p.ID == encoded(a) && p.Type == encoded(b) && same(p.Message, c, event.MaxTaskText)
			})
		case 5:
			check(t, event.TaskProgress{ID: a, Progress: n, Message: c}.Draft(1, at), func(p *event.TaskProgress) bool {
				return p.ID == encoded(a) && p.Progress == n && same(p.Message, c, event.MaxTaskText)
			})
		case 6:
			check(t, event.TaskFailed{ID: a, Error: b, Message: c}.Draft(1, at), func(p *event.TaskFailed) bool {
				return p.ID == encoded(a) && same(p.Error, b, event.MaxTaskText) && same(p.Message, c, event.MaxTaskText)
			})
		case 7:
			check(t, event.TaskUpdate{ID: a, Progress: n, Status: b, Message: c}.Draft(at), func(p *event.TaskUpdate) bool {
				return p.ID == encoded(a) && p.Progress == n && p.Status == encoded(b) && p.Message == encoded(c)
			})
		case 8:
			if result, err := event.NewTaskResult(map[string]any{"url": d, "x": a}); err == nil {
				check(t, event.TaskCompleted{ID: a, Result: result, Message: c}.Draft(1, at), func(p *event.TaskCompleted) bool {
					return p.ID == encoded(a) && p.Result.URL == encoded(d) && same(p.Message, c, event.MaxTaskText)
				})
			}
		default:
			for _, message := range []json.RawMessage{event.Connected(a, at), event.Heartbeat(at), event.Gap(hub.Gap{Reason: hub.Reason(a)})} {
				if !json.Valid(message) || !utf8.Valid(message) {
					t.Fatalf("a control event is %q", message)
				}
			}
		}
	})
}

// check fails when the hub would refuse d, or its payload is not as it should be.
func check[T any](t *testing.T, d hub.Draft, isSame func(*T) bool) {
	t.Helper()
	if err := d.Check(); err != nil {
		t.Fatalf("%s %q: %v", d.Name, d.Data, err)
	}
	payload := decoded[T](t, d)
	if !isSame(payload) {
		t.Fatalf("%s %q came out as %+v", d.Name, d.Data, *payload)
	}
	claimed := reflect.ValueOf(payload).Elem().FieldByName("Timestamp").String()
	if _, err := time.Parse(time.RFC3339Nano, claimed); err != nil {
		t.Fatalf("%s: %v", d.Name, err)
	}
}

// same reports whether got is s, or the beginning of s when that is longer than n.
func same(got, s string, n int) bool {
	if len(s) <= n {
		return got == encoded(s)
	}
	return strings.HasSuffix(got, "…")
}

// encoded is s after package json: it replaces each byte that is not UTF-8.
func encoded(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
