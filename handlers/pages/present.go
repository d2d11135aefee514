package pages

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"latido/hub"
	"latido/views"
)

// Events become view models here, and nowhere else. What a card shows is a fold
// over the hub's own log of its topic up to a position: there is no second
// state that could disagree with the stream.

type notification struct {
	ID        string  `json:"id"`
	Type      string  `json:"type"`
	Level     string  `json:"level"`
	Title     string  `json:"title"`
	Message   string  `json:"message"`
	ActionURL *string `json:"action_url"`
	Timestamp string  `json:"timestamp"`
	Read      bool    `json:"read"`
	Simulated bool    `json:"simulated,omitempty"`
}

type metricsSample struct {
	CPU         float64 `json:"cpu_percent"`
	Memory      float64 `json:"memory_percent"`
	MemoryUsed  float64 `json:"memory_used_gb"`
	MemoryTotal float64 `json:"memory_total_gb"`
	Disk        float64 `json:"disk_percent"`
	DiskFree    float64 `json:"disk_free_gb"`
	Node        string  `json:"node"` // whose machine it is; "" for a process on its own
	Timestamp   string  `json:"timestamp"`
}

type priceUpdate struct {
	Symbol        string  `json:"symbol"`
	Price         float64 `json:"price"`
	Change        float64 `json:"change"`
	ChangePercent float64 `json:"change_percent"`
	Volume        float64 `json:"volume"`
	Timestamp     string  `json:"timestamp"`
	Simulated     bool    `json:"simulated"`
}

// metricUpdate is a value of a metric that somebody measures. No card shows it.
type metricUpdate struct {
	Name string `json:"metric_name"`
}

type logEntry struct {
	Level     string `json:"level"`
	Service   string `json:"service"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
	Timestamp string `json:"timestamp"`
	Simulated bool   `json:"simulated"`
}

type taskEvent struct {
	TaskID    string  `json:"task_id"`
	Type      string  `json:"task_type"`
	Status    string  `json:"status"`
	Progress  float64 `json:"progress"`
	Message   string  `json:"message"`
	Error     string  `json:"error"`
	Timestamp string  `json:"timestamp"`
	Result    struct {
		URL string `json:"url"`
	} `json:"-"`
}

// decode reads an event's data into the struct of its name. Events come from
// anywhere, so a field of another type is no reason to lose the rest: what does
// not fit stays zero. It answers nil for names that mean nothing here.
func decode(e *hub.Event) any {
	var v any
	switch e.Name {
	case "system_metrics":
		v = &metricsSample{}
	case "price_update":
		v = &priceUpdate{}
	case "metric_update":
		v = &metricUpdate{}
	case "log_entry":
		v = &logEntry{}
	case "notification":
		v = &notification{}
	case "task_started", "task_progress", "task_completed", "task_failed", "task_update":
		v = &taskEvent{}
	default:
		return nil
	}
	// json fills what fits and reports the first field that does not.
	_ = json.Unmarshal(e.Data, v)
	if t, ok := v.(*taskEvent); ok {
		var r struct {
			Result struct {
				URL string `json:"url"`
			} `json:"result"`
		}
		_ = json.Unmarshal(e.Data, &r)
		t.Result.URL = r.Result.URL
	}
	return v
}

// decoded answers an event's data as T, nil when the event is of another kind.
func decoded[T any](e *hub.Event) *T {
	v, _ := e.Decoded(decode).(*T)
	return v
}

// when is the time an event claims, or the one at which it was stored.
func when(claimed string, e *hub.Event) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, claimed); err == nil {
		return t.Local()
	}
	return e.Time.Local()
}

// sparkSamples is how many samples of 5 s a sparkline shows.
const sparkSamples = 60

func presentMetrics(events []*hub.Event) (m views.Metrics) {
	for _, e := range events {
		s := decoded[metricsSample](e)
		if s == nil {
			continue
		}
		m.At = when(s.Timestamp, e)
		m.CPU, m.Memory, m.Disk = s.CPU, s.Memory, s.Disk
		m.MemoryUsed, m.MemoryTotal, m.DiskFree = s.MemoryUsed, s.MemoryTotal, s.DiskFree
		m.CPUPast = append(m.CPUPast, s.CPU)
		m.MemPast = append(m.MemPast, s.Memory)
		m.DskPast = append(m.DskPast, s.Disk)
	}
	return m
}

// maxSymbols bounds the rows of the trading card.
const maxSymbols = 40

func presentTrading(events []*hub.Event, hasSource bool) views.Trading {
	t := views.Trading{HasSource: hasSource}
	latest := map[string]views.Price{}
	for _, e := range events {
		p := decoded[priceUpdate](e)
		if p == nil || strings.TrimSpace(p.Symbol) == "" {
			continue
		}
		t.At = when(p.Timestamp, e)
		delete(latest, p.Symbol)
		if len(latest) < maxSymbols {
			latest[p.Symbol] = presentPrice(p, t.At)
		}
	}
	for _, symbol := range sortedKeys(latest) {
		t.Prices = append(t.Prices, latest[symbol])
	}
	return t
}

func presentPrice(p *priceUpdate, at time.Time) views.Price {
	return views.Price{Symbol: p.Symbol, Price: p.Price, Change: p.Change, ChangePercent: p.ChangePercent,
		Volume: int64(p.Volume), At: at, Simulated: p.Simulated}
}

func presentLog(e *hub.Event) (views.LogEntry, bool) {
	l := decoded[logEntry](e)
	if l == nil {
		return views.LogEntry{}, false
	}
	level := strings.ToUpper(l.Level)
	switch level {
	case "ERROR", "WARNING", "INFO", "DEBUG":
	default:
		level = "INFO"
	}
	return views.LogEntry{ID: e.ID.String(), Level: level, Service: l.Service, Message: l.Message,
		RequestID: l.RequestID, At: when(l.Timestamp, e), Simulated: l.Simulated}, true
}

func presentNotification(e *hub.Event) (views.Notification, bool) {
	n := decoded[notification](e)
	if n == nil {
		return views.Notification{}, false
	}
	level := n.Level
	switch level {
	case "info", "warning", "success", "error":
	default:
		level = "info"
	}
	v := views.Notification{ID: e.ID.String(), Level: level, Title: n.Title, Message: n.Message,
		At: when(n.Timestamp, e), Simulated: n.Simulated}
	if n.ActionURL != nil {
		v.ActionURL = *n.ActionURL // views make a link of it, or not
	}
	return v, true
}

// downloadPath is what an export's result may link to, and nothing else: the
// tasks channel takes events from anyone.
var downloadPath = regexp.MustCompile(`^/exports/[a-z0-9_]{1,80}\.ndjson$`)

// presentTasks folds task events, oldest first, into at most limit tasks, the
// latest begun first.
func presentTasks(events []*hub.Event, limit int, running func(string) bool) []views.Task {
	byID := map[string]*views.Task{}
	var order []string
	for _, e := range events {
		t := decoded[taskEvent](e)
		if t == nil || t.TaskID == "" {
			continue
		}
		v := byID[t.TaskID]
		if v == nil {
			v = &views.Task{ID: t.TaskID, State: "running"}
			byID[t.TaskID] = v
			order = append(order, t.TaskID)
		}
		foldTask(v, e, t)
	}
	var tasks []views.Task
	for i := len(order) - 1; i >= 0 && len(tasks) < limit; i-- {
		v := byID[order[i]]
		v.Cancelable = (v.State == "running" || v.State == "started") && running(v.ID)
		tasks = append(tasks, *v)
	}
	return tasks
}

func foldTask(v *views.Task, e *hub.Event, t *taskEvent) {
	v.At, v.Message = when(t.Timestamp, e), t.Message
	switch e.Name {
	case "task_started":
		v.State, v.Type, v.Progress = "started", t.Type, 0
	case "task_progress":
		v.State, v.Progress = "running", clampPercent(t.Progress)
	case "task_completed":
		v.State, v.Progress = "completed", 100
		if downloadPath.MatchString(t.Result.URL) {
			v.DownloadURL = t.Result.URL
		}
	case "task_failed":
		v.State = "failed"
		if t.Error == "cancelled" {
			v.State = "cancelled"
		}
	case "task_update":
		v.Status, v.Progress, v.State = t.Status, clampPercent(t.Progress), stateOf(t.Status)
	}
}

// stateOf reads the free text of a task_update's status: a few words that
// scripts use decide the colour, all others mean that it runs.
func stateOf(status string) string {
	switch strings.ToLower(status) {
	case "completed", "complete", "done", "success", "finished", "completada", "completado":
		return "completed"
	case "failed", "failure", "error", "fallida", "fallido":
		return "failed"
	case "cancelled", "canceled", "cancelada":
		return "cancelled"
	case "started", "pending", "queued", "iniciada":
		return "started"
	}
	return "running"
}

func clampPercent(p float64) float64 { return max(0, min(100, p)) }
