package event_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/streams/event"
)

var at = time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", 3600))

// TestDraftsOnTheWire compares whole drafts: clients rely on every name, field
// and format.
func TestDraftsOnTheWire(t *testing.T) {
	const milli, micro = `"timestamp":"2026-01-02T02:04:05.678Z"`, `"timestamp":"2026-01-02T02:04:05.678900Z"`
	result, err := event.NewTaskResult(event.ExportResult{Events: 2, Bytes: 30, URL: event.ExportPath("task_1")})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		got  hub.Draft
		want hub.Draft // Data is a pattern in which ID stands for 16 digits
		data string
	}{
		"notification": {
			event.Notification{Level: "warning", Title: "<T>", Message: "M", ActionURL: "/x?a=1&b=2"}.Draft(7, at),
			hub.Draft{Name: "notification", User: 7},
			`{"id":"notif_ID","type":"warning","level":"warning","title":"<T>","message":"M","action_url":"/x?a=1&b=2",` + micro + `,"read":false}`,
		},
		"simulated notification": {
			event.Notification{Level: "info", Title: "T", Message: "M", Simulated: true}.Draft(1, at),
			hub.Draft{Name: "notification", User: 1, Ephemeral: true},
			`{"id":"notif_ID","type":"info","level":"info","title":"T","message":"M","action_url":null,` + milli + `,"read":false,"simulated":true}`,
		},
		"log entry": {
			event.LogEntry{Level: event.LogError, Service: "latido", Message: "m", RequestID: "req_7"}.Draft(at),
			hub.Draft{Name: "log_entry", Channel: "logs"},
			`{"level":"ERROR","service":"latido","message":"m",` + milli + `,"request_id":"req_7"}`,
		},
		"simulated log entry": {
			event.LogEntry{Level: event.LogDebug, Service: "api", Message: "m", Simulated: true}.Draft(at),
			hub.Draft{Name: "log_entry", Channel: "logs", Ephemeral: true},
			`{"level":"DEBUG","service":"api","message":"m",` + milli + `,"request_id":"req_ID","simulated":true}`,
		},
		"metrics": {
			event.SystemMetrics{CPU: event.Float(1.5), Memory: event.Float(0), MemoryUsed: event.Float(2), MemoryTotal: event.Float(8)}.Draft(at),
			hub.Draft{Name: "system_metrics", Channel: "metrics", Ephemeral: true},
			`{"cpu_percent":1.5,"memory_percent":0,"memory_used_gb":2,"memory_total_gb":8,"disk_percent":null,"disk_free_gb":null,` + milli + `}`,
		},
		"metrics of a node": {
			event.SystemMetrics{CPU: event.Float(1), Disk: event.Float(18.61), DiskFree: event.Float(3), Node: "a"}.Draft(at),
			hub.Draft{Name: "system_metrics", Channel: "metrics", Ephemeral: true},
			`{"cpu_percent":1,"memory_percent":null,"memory_used_gb":null,"memory_total_gb":null,"disk_percent":18.61,"disk_free_gb":3,"node":"a",` + milli + `}`,
		},
		"price": {
			event.PriceUpdate{Symbol: "ADA/USD", Price: event.Float(0.45), Change: event.Float(-0.01), ChangePercent: event.Float(-2.17), Volume: event.Float(250000), Simulated: true}.Draft(at),
			hub.Draft{Name: "price_update", Channel: "trading", Ephemeral: true},
			`{"symbol":"ADA/USD","price":0.45,"change":-0.01,"change_percent":-2.17,"volume":250000,` + milli + `,"simulated":true}`,
		},
		"task started": {
			event.TaskStarted{ID: "t", Type: "export", Message: "m"}.Draft(3, at),
			hub.Draft{Name: "task_started", Channel: "tasks", User: 3},
			`{"task_id":"t","task_type":"export","status":"started","message":"m",` + milli + `}`,
		},
		"task progress": {
			event.TaskProgress{ID: "t", Progress: event.Float(12.5), Message: "m"}.Draft(0, at),
			hub.Draft{Name: "task_progress", Channel: "tasks"},
			`{"task_id":"t","progress":12.5,"message":"m",` + milli + `}`,
		},
		"task completed": {
			event.TaskCompleted{ID: "t", Result: result, Message: "m"}.Draft(3, at),
			hub.Draft{Name: "task_completed", Channel: "tasks", User: 3},
			`{"task_id":"t","status":"completed","result":{"events":2,"bytes":30,"url":"/exports/task_1.ndjson"},"message":"m",` + milli + `}`,
		},
		"task completed without a result": {
			event.TaskCompleted{ID: "t", Message: "m"}.Draft(0, at),
			hub.Draft{Name: "task_completed", Channel: "tasks"},
			`{"task_id":"t","status":"completed","result":null,"message":"m",` + milli + `}`,
		},
		"task failed": {
			event.TaskFailed{ID: "t", Error: event.TaskCancelled, Message: "m"}.Draft(3, at),
			hub.Draft{Name: "task_failed", Channel: "tasks", User: 3},
			`{"task_id":"t","status":"failed","error":"cancelled","message":"m",` + milli + `}`,
		},
		"task update": {
			event.TaskUpdate{ID: "t 1", Progress: event.Literal("12.50"), Message: "m"}.Draft(at),
			hub.Draft{Name: "task_update", Channel: "tasks"},
			`{"task_id":"t 1","progress":12.50,"status":"","message":"m",` + micro + `}`,
		},
		"broadcast": {
			event.Broadcast("c", []byte(`{}`)), hub.Draft{Name: "broadcast", Channel: "c"}, `{}`,
		},
	} {
		got := string(c.got.Data)
		pattern := strings.ReplaceAll(regexp.QuoteMeta(c.data), "ID", "[0-9a-f]{16}")
		if !regexp.MustCompile("^" + pattern + "$").MatchString(got) {
			t.Errorf("%s: data\n%s, want\n%s", name, got, c.data)
		}
		if err := c.got.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := c.got; d.Name != c.want.Name || d.Channel != c.want.Channel || d.User != c.want.User || d.Ephemeral != c.want.Ephemeral || d.Key != "" {
			t.Errorf("%s: draft %+v, want %+v", name, d, c.want)
		}
	}
}

func TestControlEventsOnTheWire(t *testing.T) {
	for got, want := range map[string]string{
		string(event.Connected("a<b", at)): `{"event":"connected","data":{"channel":"a<b","timestamp":"2026-01-02T02:04:05.678900Z","message":"Conectado al canal a<b"}}`,
		string(event.Heartbeat(at)):        `{"event":"heartbeat","timestamp":"2026-01-02T02:04:05.678900Z"}`,
		string(event.Gap(hub.Gap{From: hub.ID{Epoch: "e", Seq: 1}, To: hub.ID{Epoch: "e", Seq: 9}, Reason: hub.ReasonTooOld})): `{"event":"gap","data":{"from":"e-1","to":"e-9","reason":"too_old"}}`,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestEnvelope(t *testing.T) {
	for sender, want := range map[int64]any{0: nil, 7: int64(7)} {
		got := event.Envelope("c", sender, at)
		if len(got) != 3 || got[0] != (event.Member{Name: "channel", Value: "c"}) || got[2] != (event.Member{Name: "sender", Value: want}) ||
			got[1] != (event.Member{Name: "timestamp", Value: "2026-01-02T02:04:05.678900Z"}) {
			t.Errorf("sender %d: %+v", sender, got)
		}
	}
}

func TestDraftsCutLongTexts(t *testing.T) {
	long := strings.Repeat("ñ", 5000)
	entry := decoded[event.LogEntry](t, event.LogEntry{Message: long, RequestID: long}.Draft(at))
	started := decoded[event.TaskStarted](t, event.TaskStarted{Message: long}.Draft(0, at))
	progress := decoded[event.TaskProgress](t, event.TaskProgress{Message: long}.Draft(0, at))
	completed := decoded[event.TaskCompleted](t, event.TaskCompleted{Message: long}.Draft(0, at))
	failed := decoded[event.TaskFailed](t, event.TaskFailed{Error: long, Message: long}.Draft(0, at))
	for _, c := range []struct {
		what, text string
		most       int
	}{
		{"log message", entry.Message, 2048}, {"request id", entry.RequestID, 64}, {"started", started.Message, 1000}, {"progress", progress.Message, 1000},
		{"completed", completed.Message, 1000}, {"error", failed.Error, 1000}, {"failed", failed.Message, 1000},
	} {
		if len(c.text) > c.most || len(c.text) < c.most-2 || !strings.HasSuffix(c.text, "ñ…") {
			t.Errorf("%s: %d bytes, want %d at most and an ellipsis", c.what, len(c.text), c.most)
		}
	}
	update := decoded[event.TaskUpdate](t, event.TaskUpdate{ID: long, Status: long, Message: long}.Draft(at))
	if update.ID != long || update.Status != long || update.Message != long {
		t.Error("a task update was cut: its texts are the client's")
	}
}

func TestTaskResult(t *testing.T) {
	if _, err := event.NewTaskResult(strings.Repeat("x", 64<<10-2)); err != nil {
		t.Errorf("64 KiB: %v", err)
	}
	if _, err := event.NewTaskResult(strings.Repeat("x", 64<<10-1)); err == nil {
		t.Error("more than 64 KiB are taken")
	}
	if _, err := event.NewTaskResult(func() {}); err == nil {
		t.Error("a function is taken")
	}
}

func TestExportPaths(t *testing.T) {
	longest := strings.Repeat("a", 80)
	for _, task := range []string{"task_0123456789abcdef", "a", "_", "0", "9", "z", longest} {
		if got, ok := event.ExportTask(event.ExportPath(task)); got != task || !ok {
			t.Errorf("%q: got %q and %v", task, got, ok)
		}
	}
	for _, path := range []string{
		"", "/exports/", "/exports/.ndjson", "/exports/a", "exports/a.ndjson", "/exports/a.ndjson ", "/exports/A.ndjson", "/exports/../a.ndjson",
		"/exports/a/b.ndjson", "/exports/a.ndjson.ndjson", "http://x/exports/a.ndjson", "/exports/a.ndjson\n", "/exports/" + longest + "a.ndjson",
		"/exports/ñ.ndjson", "/exports/a-b.ndjson", "/exports/`.ndjson", "/exports/{.ndjson", "/exports/:.ndjson", "/exports//.ndjson",
	} {
		if got, ok := event.ExportTask(path); ok || got != "" {
			t.Errorf("%q is the export of %q", path, got)
		}
	}
}
