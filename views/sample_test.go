package views_test

import (
	"reflect"
	"strings"
	"time"

	"latido/views"
)

// at is one moment for all samples, in a zone with a name of its own.
var at = time.Date(2026, time.November, 24, 2, 8, 11, 0, time.FixedZone("CET", 3600))

func samplePage(l views.Lang, path string) views.Page {
	return views.Page{
		Lang: l, Theme: "dark", Path: path, Position: "k3f9-120", LiveURL: "/live?cards=all&after=k3f9-120",
		Cards: "metrics,trading", BaseURL: "http://latido.test:8080", User: 7, Demo: true, Beat: sampleBeat(),
	}
}

func sampleBeat() views.Beat {
	return views.Beat{
		At: at, Dashboard: true,
		Streams: []views.StreamState{
			{Name: "metrics", State: "running"},
			{Name: "trading", State: "retrying", Error: "dial tcp: connection refused"},
			{Name: "logs", State: "running"},
			{Name: "notifications", State: "idle"},
			{Name: "tasks", State: "stopped"},
		},
		Stats: views.Stats{At: at, Total: 1284, Users: 37, Channels: []views.ChannelCount{{Name: "general", Count: 1200}, {Name: "logs", Count: 84}}},
	}
}

func sampleMonitor() views.Beat {
	b := sampleBeat()
	b.Streams, b.Dashboard, b.Stats = nil, false, views.Stats{}
	b.Machine = &views.Machine{
		At: at, Host: "panel-01", Platform: "linux amd64", Cores: []float64{12.5, 81, 97}, Load1: 1.24, Load5: 0.98, Load15: 0.61,
		MemoryUsed: 10 << 30, MemoryTotal: 16 << 30,
		Disks:    []views.Disk{{Path: "/", Used: 38 << 30, Total: 80 << 30}},
		Networks: []views.Network{{Name: "eth0", InRate: 1.2e6, OutRate: 120, In: 812e9, Out: 91e9}},
		Uptime:   76*time.Hour + 5*time.Minute,
	}
	b.Hub = &views.Hub{
		Epoch: "k3f9", First: 120, Last: 1284412, StoredBytes: 812e6, Topics: 14, MemoryEvents: 8192, MemoryBytes: 6 << 20, Goroutines: 61, HeapBytes: 48 << 20,
		Uptime: 12*time.Minute + 5*time.Second, Version: "v1.0.0",
		Producers: []views.Producer{
			{Name: "metrics", State: "running", Since: at},
			{Name: "trading", State: "retrying", Restarts: 3, Error: "connection refused", Since: at},
		},
		Traffic: sampleTraffic(),
	}
	return b
}

// sampleNodes is a process among others.
func sampleNodes() views.Beat {
	b := sampleMonitor()
	b.Hub.Nodes = []views.Node{
		{Name: "panel-01:8080", Own: true, Streams: 1284, Users: 37, Published: 1284292, Delivered: 98123456, Uptime: 12 * time.Minute, Version: "v1.0.0"},
		{Name: "panel-02:8080", Streams: 3, Users: 1, Uptime: 76 * time.Hour, Version: "v1.0.1"},
	}
	b.Hub.Producers = append(b.Hub.Producers, views.Producer{Name: "notifications", State: "elsewhere", Since: at})
	return b
}

func sampleTraffic() views.Traffic {
	return views.Traffic{
		Open: 1284, TakenOver: 1280, Parked: 3, Opened: 20412, Refused: 17, Gaps: 2, Thinned: 1402, Denied: 23, Lag: 3456 * time.Microsecond,
		Ended: []views.Ended{
			{Reason: "gone", Count: 19000}, {Reason: "stalled", Count: 12}, {Reason: "spoke", Count: 3}, {Reason: "behind", Count: 40},
			{Reason: "replaced", Count: 61}, {Reason: "drained", Count: 10}, {Reason: "failed", Count: 2},
		},
		Rated:     true,
		Published: views.Counter{Total: 1284292, PerSecond: 12.34}, Read: views.Counter{Total: 1284300, PerSecond: 12.5},
		Delivered: views.Counter{Total: 98123456, PerSecond: 15432.1}, Bytes: views.Counter{Total: 48e9, PerSecond: 7.5e6},
		Writes: views.Counter{Total: 24530864, PerSecond: 312.4},
	}
}

// idleTraffic is a process that has just begun.
func idleTraffic() views.Traffic {
	t := views.Traffic{Ended: sampleTraffic().Ended}
	for i := range t.Ended {
		t.Ended[i].Count = 0
	}
	return t
}

func sampleMetrics() views.Metrics {
	return views.Metrics{
		At: at, CPU: 23.45, Memory: 81, Disk: 97.25, MemoryUsed: 9.56, MemoryTotal: 15.62, DiskFree: 38.4,
		CPUPast: []float64{12, 3.5, 23.45}, MemPast: []float64{80, 81}, DskPast: []float64{97.25},
	}
}

func sampleTrading() views.Trading {
	return views.Trading{At: at, HasSource: true, Prices: []views.Price{
		{Symbol: "ADA/USD", Price: 0.4523, Change: 0.0009, ChangePercent: 0.19, Volume: 785903, At: at, Simulated: true},
		{Symbol: "BTC/USD", Price: 64210.5, Change: -939.71, ChangePercent: -1.46, Volume: 691, At: at},
		{Symbol: "DOT/USD", Price: 6.812, At: at},
	}}
}

func sampleLogs() []views.LogEntry {
	return []views.LogEntry{
		{ID: "k3f9-9", Level: "ERROR", Service: "auth", Message: "no token", RequestID: "req_1", At: at, Simulated: true},
		{ID: "k3f9-8", Level: "WARNING", Service: "latido", Message: "slow", At: at},
		{ID: "k3f9-7", Level: "DEBUG", Service: "cache", Message: "miss", At: at},
		{ID: "k3f9-6", Level: "INFO", Service: "api", Message: "GET /", At: at},
	}
}

func sampleNotifications() []views.Notification {
	return []views.Notification{
		{ID: "k3f9-5", Level: "error", Title: "Disk", Message: "full", ActionURL: "https://example.org/a?b=c&d", At: at, Simulated: true},
		{ID: "k3f9-4", Level: "warning", Title: "Disk", Message: "91 %", ActionURL: "/monitoring", At: at},
		{ID: "k3f9-3", Level: "success", Title: "Backup", Message: "done", At: at},
		{ID: "k3f9-2", Level: "info", Title: "Deploy", Message: "runs", At: at},
	}
}

func sampleTasks() []views.Task {
	return []views.Task{
		{ID: "exp_1", Type: "export", State: "running", Message: "writing", Progress: 45, Cancelable: true, At: at},
		{ID: "exp_0", Type: "export", State: "completed", Progress: 100, DownloadURL: "/tasks/exp_0/file", At: at},
		{ID: "backup", State: "running", Status: "copying", Message: "files", Progress: 40.4, At: at},
		{ID: "a/b", Type: "mail", State: "failed", Message: "no answer", Progress: 63, At: at, Cancelable: true},
		{ID: "c", State: "cancelled", At: at},
		{ID: "s", State: "started", At: at},
	}
}

func sampleDashboard() views.Dashboard {
	return views.Dashboard{
		Metrics: sampleMetrics(), Trading: sampleTrading(), Logs: sampleLogs(),
		LogLevels:     views.LogLevels{Error: true, Warning: true, Info: true},
		Notifications: sampleNotifications(), Tasks: sampleTasks(),
	}
}

func sampleResult() views.Result {
	return views.Result{Form: views.FormNotify, Title: "Nothing was sent.", Errors: []views.FieldError{
		{Field: "title", Message: "is missing"}, {Field: "elsewhere", Message: "is odd"},
	}}
}

// hostileText is what a user might send to become markup, to end a line of the
// event stream, to turn the page round or to push it wide.
var hostileText = "<script>alert(1)</script>\"'`</li></template></hx-partial><hx-partial id=\"status\">" +
	"\r\nid: 9\rdata: x\n\x00\x1b\u2028\u202e\u200f مرحبا &amp; onload=x {{.}} " + strings.Repeat("W", 8<<10)

// hostile puts the text into every string of a model, through slices, structs
// and pointers.
func hostile[T any](model T, text string) T {
	v := reflect.New(reflect.TypeOf(model)).Elem()
	v.Set(reflect.ValueOf(model))
	poison(v, text)
	return v.Interface().(T)
}

func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
		}
	case reflect.Slice:
		s := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(s, v)
		v.Set(s)
		for i := range s.Len() {
			poison(s.Index(i), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			p := reflect.New(v.Type().Elem())
			p.Elem().Set(v.Elem())
			poison(p.Elem(), text)
			v.Set(p)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	}
}
