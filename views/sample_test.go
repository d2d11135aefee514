package views_test

import (
	"math"
	"reflect"
	"strings"
	"time"

	"latido/handlers/access"
	"latido/hub"
	"latido/streams/board"
	"latido/streams/card"
	"latido/streams/event"
	"latido/views"
)

// at is one moment for all samples, in a zone with a name of its own.
var at = time.Date(2026, time.November, 24, 2, 8, 11, 0, time.FixedZone("CET", 3600))

func samplePage(l views.Lang, path string) views.Page {
	return views.Page{
		Lang: l, Theme: "dark", Path: path, LiveURL: "/live?cards=all&after=k3f9-120", At: at,
		Cards: "metrics,trading", BaseURL: "http://latido.test:8080", User: 7, Demo: true,
		Levels: views.LogLevels{Error: true, Warning: true, Info: true},
	}
}

// withCards is a page that shows cards, drawn as the runner of boards has them drawn.
func withCards(p views.Page, all map[string]any, ids ...string) views.Page {
	p.Views, p.Drawings = all, map[string]*board.Drawing{}
	for _, id := range ids {
		def := card.Def{ID: id, Type: id}
		drawing, err := views.Painter{}.Whole(def, all[id], board.Variant{Lang: string(p.Lang), Public: p.Public})
		if err != nil {
			panic(err)
		}
		p.Shown, p.Drawings[id] = append(p.Shown, def), drawing
	}
	return p
}

// sampleViews is the view of a card of each type.
func sampleViews() map[string]any {
	return map[string]any{
		"metrics": sampleMetrics(), "trading": sampleTrading(), "logs": sampleLogs(), "notifications": sampleNotifications(),
		"tasks": sampleTasks(), "machine": sampleMachine(), "hub": sampleNodes(), "send": card.SendView{},
		"streams": card.StreamsView{At: at, Total: 1284, Users: 37, Channels: []card.ChannelCount{{Name: "general", Count: 1200}, {Name: "logs", Count: 84}}},
		"connection": card.ConnectionView{Sources: []card.CardSource{
			{Type: "metrics", Source: source("running")}, {Type: "trading", Source: retrying()}, {Type: "logs", Source: source("running")},
			{Type: "notifications", Source: source("idle")}, {Type: "tasks", Source: source("running")},
		}},
	}
}

// emptyViews is what cards show before anything has come.
func emptyViews() map[string]any {
	return map[string]any{
		"metrics": card.MetricsView{Source: source("idle")}, "trading": card.TradingView{Source: source("idle")}, "logs": card.LogsView{Source: source("idle")},
		"notifications": card.NotificationsView{User: 7, Source: source("idle")}, "tasks": card.TasksView{Source: source("running")},
		"machine": event.Machine{}, "hub": card.HubView{}, "send": card.SendView{}, "streams": card.StreamsView{At: at},
		"connection": card.ConnectionView{Sources: []card.CardSource{{Type: "logs", Source: source("idle")}}},
	}
}

func source(state string) card.Source { return card.Source{At: at, State: state} }

func retrying() card.Source {
	return card.Source{At: at, State: "retrying", Error: "dial tcp: connection refused"}
}

func id(seq uint64) hub.ID { return hub.ID{Epoch: "k3f9", Seq: seq} }

func sampleMachine() event.Machine {
	return event.Machine{
		At: at, Host: "panel-01", Platform: "linux amd64", Cores: []float64{12.5, 81, 97}, Load1: 1.24, Load5: 0.98, Load15: 0.61,
		MemoryUsed: 10 << 30, MemoryTotal: 16 << 30,
		Disks:    []event.Disk{{Path: "/", Used: 38 << 30, Total: 80 << 30}},
		Networks: []event.Network{{Name: "eth0", InRate: 1.2e6, OutRate: 120, In: 812e9, Out: 91e9}},
		Uptime:   76*time.Hour + 5*time.Minute,
	}
}

// sampleHub is a process on its own.
func sampleHub() card.HubView {
	return card.HubView{
		At: at, Epoch: "k3f9", First: 120, Last: 1284412, StoredBytes: 812e6, Topics: 14, MemoryEvents: 8192, MemoryBytes: 6 << 20, Goroutines: 61, HeapBytes: 48 << 20,
		Uptime: 12*time.Minute + 5*time.Second, Version: "v1.0.0",
		Producers: []event.Producer{
			{Name: "metrics", State: "running", Since: at},
			{Name: "trading", State: "retrying", Restarts: 3, Error: "connection refused", Since: at},
		},
		Traffic: sampleTraffic(),
	}
}

// sampleNodes is a process among others.
func sampleNodes() card.HubView {
	h := sampleHub()
	h.Nodes = []card.Node{
		{Name: "panel-01:8080", Own: true, Streams: 1284, Users: 37, Published: 1284292, Delivered: 98123456, Uptime: 12 * time.Minute, Version: "v1.0.0"},
		{Name: "panel-02:8080", Streams: 3, Users: 1, Uptime: 76 * time.Hour, Version: "v1.0.1"},
	}
	h.Producers = append(h.Producers, event.Producer{Name: "notifications", State: "elsewhere", Since: at})
	return h
}

func sampleTraffic() card.Traffic {
	return card.Traffic{
		Open: 1284, TakenOver: 1280, Parked: 3, Opened: 20412, Refused: 17, Gaps: 2, Conflated: 1402, Denied: 23, Lag: 3456 * time.Microsecond,
		Ended: []card.Ended{
			{Reason: "peer_closed", Count: 19000}, {Reason: "stalled", Count: 12}, {Reason: "client_sent", Count: 3}, {Reason: "too_slow", Count: 40},
			{Reason: "replaced", Count: 61}, {Reason: "drained", Count: 10}, {Reason: "failed", Count: 2},
		},
		Rated:     true,
		Published: card.Counter{Total: 1284292, PerSecond: 12.34}, Read: card.Counter{Total: 1284300, PerSecond: 12.5},
		Delivered: card.Counter{Total: 98123456, PerSecond: 15432.1}, Bytes: card.Counter{Total: 48e9, PerSecond: 7.5e6},
		Writes: card.Counter{Total: 24530864, PerSecond: 312.4},
	}
}

// idleHub is a process that has just begun.
func idleHub() card.HubView {
	h := sampleHub()
	h.Traffic = card.Traffic{Ended: sampleTraffic().Ended}
	for i := range h.Traffic.Ended {
		h.Traffic.Ended[i].Count = 0
	}
	return h
}

func sampleMetrics() card.MetricsView {
	return card.MetricsView{
		At: at, CPU: 23.45, Memory: 81, Disk: 97.25, MemoryUsed: 9.56, MemoryTotal: 15.62, DiskFree: 38.4,
		CPUPast: []float64{12, 3.5, 23.45}, MemPast: []float64{80, 81}, DskPast: []float64{97.25}, Source: source("running"),
	}
}

func sampleTrading() card.TradingView {
	return card.TradingView{At: at, Source: retrying(), Prices: []card.Price{
		{Symbol: "ADA/USD", Price: 0.4523, Change: 0.0009, ChangePercent: 0.19, Volume: 785903, At: at, Simulated: true},
		{Symbol: "BTC/USD", Price: 64210.5, Change: -939.71, ChangePercent: -1.46, Volume: 691, At: at},
		{Symbol: "DOT/USD", Price: 6.812, At: at},
		{Symbol: "ODD/USD", Price: math.NaN(), Change: math.NaN(), ChangePercent: math.NaN(), Volume: math.NaN(), At: at},
		{Symbol: "BIG/USD", Price: 1e300, Change: 1, Volume: 1e19, At: at},
	}}
}

func sampleLogs() card.LogsView {
	return card.LogsView{Source: source("running"), Entries: []card.LogEntry{
		{ID: id(9), Level: "ERROR", Service: "auth", Message: "no token", RequestID: "req_1", At: at, Simulated: true},
		{ID: id(8), Level: "WARNING", Service: "latido", Message: "slow", At: at},
		{ID: id(7), Level: "DEBUG", Service: "cache", Message: "miss", At: at},
		{ID: id(6), Level: "INFO", Service: "api", Message: "GET /", At: at},
	}}
}

func sampleNotifications() card.NotificationsView {
	return card.NotificationsView{User: 7, Source: source("idle"), List: []card.Notification{
		{ID: id(5), Level: "error", Title: "Disk", Message: "full", ActionURL: "https://example.org/a?b=c&d", At: at, Simulated: true},
		{ID: id(4), Level: "warning", Title: "Disk", Message: "91 %", ActionURL: "/monitoring", At: at},
		{ID: id(3), Level: "success", Title: "Backup", Message: "done", At: at},
		{ID: id(2), Level: "info", Title: "Deploy", Message: "runs", At: at},
	}}
}

func sampleTasks() card.TasksView {
	return card.TasksView{Source: source("running"), Tasks: []card.Task{
		{ID: "exp_1", Type: "export", State: "running", Message: "writing", Progress: 45, Cancelable: true, At: at},
		{ID: "exp_0", Type: "export", State: "completed", Progress: 100, DownloadURL: "/tasks/exp_0/file", At: at},
		{ID: "backup", State: "running", Status: "copying", Message: "files", Progress: 40.4, At: at},
		{ID: "a/b", Type: "mail", State: "failed", Message: "no response", Progress: 63, At: at, Cancelable: true},
		{ID: "c", State: "cancelled", At: at},
		{ID: "s", State: "started", At: at},
	}}
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

// hostileViews puts the text into every string of views.
func hostileViews(all map[string]any, text string) map[string]any {
	poisoned := map[string]any{}
	for name, view := range all {
		v := reflect.New(reflect.TypeOf(view)).Elem()
		v.Set(reflect.ValueOf(view))
		poison(v, text)
		poisoned[name] = v.Interface()
	}
	poisoned["connection"] = all["connection"] // its types are the program's own
	return poisoned
}

func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		switch v.Interface().(type) {
		case string, access.Role, access.Pattern:
			v.SetString(text)
		}
	case reflect.Slice:
		s := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(s, v)
		v.Set(s)
		for i := range s.Len() {
			poison(s.Index(i), text)
		}
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		for key, value := range v.Seq2() {
			one := reflect.New(value.Type()).Elem()
			one.Set(value)
			poison(one, text)
			m.SetMapIndex(key, one)
		}
		v.Set(m)
	case reflect.Pointer:
		if !v.IsNil() {
			p := reflect.New(v.Type().Elem())
			p.Elem().Set(v.Elem())
			poison(p.Elem(), text)
			v.Set(p)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[hub.ID]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	}
}
