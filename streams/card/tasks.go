package card

import (
	"slices"
	"strings"
	"time"

	"latido/hub"
	"latido/streams/event"
)

// Tasks shows the latest background tasks.
var Tasks = Type{
	Name: "tasks", Shareable: true, Topics: channel(event.TasksChannel), Backfill: 512,
	New: func(env Env) State {
		return &tasks{fed: fed{aging: true}, running: env.Running, byID: map[string]*Task{}}
	},
}

const (
	// TaskRows is how many tasks the card shows.
	TaskRows = 10

	// maxTasks bounds the tasks that are followed: an event of one that began
	// before those begins it again.
	maxTasks = 100
)

// TasksView is the latest tasks, the latest begun first, at most TaskRows.
type TasksView struct {
	Tasks  []Task
	Older  bool // stored events before those that were looked at
	Source Source
}

// Task is the folded state of one task.
type Task struct {
	ID          string  // the task's own id, any text
	Type        string  // "" when unknown
	State       string  // started, running, completed, failed or cancelled
	Status      string  // free text of a task_update; "" for none
	Message     string  // at most 8 KiB
	Progress    float64 // percent, 0 to 100
	DownloadURL string  // "" for none
	Cancelable  bool    // this process runs it and can stop it
	At          time.Time
}

type tasks struct {
	fed
	running func(string) bool
	byID    map[string]*Task
	order   []string // by beginning
}

// Apply takes an event of a task.
func (t *tasks) Apply(e *hub.Event) bool {
	one := event.Task(e)
	if one == nil || one.Head().ID == "" {
		return false
	}
	id := event.Shorten(one.Head().ID, maxLabel)
	v := t.byID[id]
	if v == nil {
		v = &Task{ID: id, State: "running"}
		t.byID[id] = v
		t.order = append(t.order, id)
		if len(t.order) > maxTasks {
			delete(t.byID, t.order[0])
			t.order = slices.Delete(t.order, 0, 1)
		}
	}
	v.At = event.When(one.Head().Timestamp, e)
	v.Message = event.Shorten(one.Head().Message, maxText)
	v.take(one)
	return true
}

func (v *Task) take(e event.TaskEvent) {
	switch e := e.(type) {
	case *event.TaskStarted:
		v.State, v.Type, v.Progress = "started", event.Shorten(e.Type, maxLabel), 0
	case *event.TaskProgress:
		v.State, v.Progress = "running", percent(e.Progress)
	case *event.TaskCompleted:
		v.State, v.Progress = "completed", event.MaxProgress
		if _, ok := event.ExportTask(e.Result.URL); ok {
			v.DownloadURL = e.Result.URL
		}
	case *event.TaskFailed:
		v.State = "failed"
		if e.Error == event.TaskCancelled {
			v.State = "cancelled"
		}
	case *event.TaskUpdate:
		v.Status, v.Progress, v.State = event.Shorten(e.Status, maxLabel), percent(e.Progress), stateOf(e.Status)
	}
}

// stateOf reads the free text of a task_update's status: a few words that
// scripts use decide the state, all others mean that it runs.
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

func percent(n event.Number) float64 { return max(0, min(event.MaxProgress, n.Float())) }

func (t *tasks) View() any {
	v := TasksView{Older: t.older, Source: t.source}
	for i := len(t.order) - 1; i >= 0 && len(v.Tasks) < TaskRows; i-- {
		one := *t.byID[t.order[i]]
		one.Cancelable = (one.State == "running" || one.State == "started") && t.running != nil && t.running(one.ID)
		v.Tasks = append(v.Tasks, one)
	}
	return v
}

func (t *tasks) Full() bool { return len(t.order) >= maxTasks }
