package pages

import (
	"strings"
	"time"

	"latido/hub"
	"latido/streams/event"
	"latido/views"
)

// Events become view models here, and nowhere else. What a card shows is a fold
// over the hub's own log of its topic up to a position: there is no second
// state that could disagree with the stream.

// when is the time an event claims, or the one at which it was stored.
func when(claimed string, e *hub.Event) time.Time { return event.When(claimed, e).Local() }

// sparkSamples is how many samples of 5 s a sparkline shows.
const sparkSamples = 60

func presentMetrics(events []*hub.Event) (m views.Metrics) {
	for _, e := range events {
		s := event.As[event.SystemMetrics](e)
		if s == nil {
			continue
		}
		m.At = when(s.Timestamp, e)
		m.CPU, m.Memory, m.Disk = s.CPU.Float(), s.Memory.Float(), s.Disk.Float()
		m.MemoryUsed, m.MemoryTotal, m.DiskFree = s.MemoryUsed.Float(), s.MemoryTotal.Float(), s.DiskFree.Float()
		m.CPUPast = append(m.CPUPast, m.CPU)
		m.MemPast = append(m.MemPast, m.Memory)
		m.DskPast = append(m.DskPast, m.Disk)
	}
	return m
}

// maxSymbols bounds the rows of the trading card.
const maxSymbols = 40

func presentTrading(events []*hub.Event, hasSource bool) views.Trading {
	t := views.Trading{HasSource: hasSource}
	latest := map[string]views.Price{}
	for _, e := range events {
		p := event.As[event.PriceUpdate](e)
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

func presentPrice(p *event.PriceUpdate, at time.Time) views.Price {
	return views.Price{Symbol: p.Symbol, Price: p.Price.Float(), Change: p.Change.Float(), ChangePercent: p.ChangePercent.Float(),
		Volume: p.Volume.Int(), At: at, Simulated: p.Simulated}
}

func presentLog(e *hub.Event) (views.LogEntry, bool) {
	l := event.As[event.LogEntry](e)
	if l == nil {
		return views.LogEntry{}, false
	}
	return views.LogEntry{ID: e.ID.String(), Level: event.LogLevel(l.Level), Service: l.Service, Message: l.Message,
		RequestID: l.RequestID, At: when(l.Timestamp, e), Simulated: l.Simulated}, true
}

func presentNotification(e *hub.Event) (views.Notification, bool) {
	n := event.As[event.Notification](e)
	if n == nil {
		return views.Notification{}, false
	}
	return views.Notification{ID: e.ID.String(), Level: event.NotificationLevel(n.Level), Title: n.Title, Message: n.Message,
		ActionURL: string(n.ActionURL), // views make a link of it, or not
		At:        when(n.Timestamp, e), Simulated: n.Simulated}, true
}

// presentTasks folds task events, oldest first, into at most limit tasks, the
// latest begun first.
func presentTasks(events []*hub.Event, limit int, running func(string) bool) []views.Task {
	byID := map[string]*views.Task{}
	var order []string
	for _, e := range events {
		t := event.Task(e)
		if t == nil || t.Head().ID == "" {
			continue
		}
		id := t.Head().ID
		v := byID[id]
		if v == nil {
			v = &views.Task{ID: id, State: "running"}
			byID[id] = v
			order = append(order, id)
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

func foldTask(v *views.Task, e *hub.Event, t event.TaskEvent) {
	head := t.Head()
	v.At, v.Message = when(head.Timestamp, e), head.Message
	switch t := t.(type) {
	case *event.TaskStarted:
		v.State, v.Type, v.Progress = "started", t.Type, 0
	case *event.TaskProgress:
		v.State, v.Progress = "running", clampPercent(t.Progress.Float())
	case *event.TaskCompleted:
		v.State, v.Progress = "completed", event.MaxProgress
		if _, ok := event.ExportTask(t.Result.URL); ok {
			v.DownloadURL = t.Result.URL
		}
	case *event.TaskFailed:
		v.State = "failed"
		if t.Error == event.TaskCancelled {
			v.State = "cancelled"
		}
	case *event.TaskUpdate:
		v.Status, v.Progress, v.State = t.Status, clampPercent(t.Progress.Float()), stateOf(t.Status)
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

func clampPercent(p float64) float64 { return max(0, min(event.MaxProgress, p)) }
