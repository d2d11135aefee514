package event

import (
	"time"

	"latido/hub"
)

// TasksChannel is the channel of the events of tasks.
const TasksChannel = "tasks"

// Lengths of a task's texts in bytes. An id or a type of the server's own tasks
// is a word of that length, see IsWord; Draft cuts a longer message or error.
// The bounds do not hold for a task_update, which a client sends.
const (
	MaxTaskID     = 64
	MaxTaskType   = 64
	MaxTaskText   = 1000
	MaxTaskResult = 64 << 10 // of a result's JSON
)

// MaxProgress is the progress of a task that is done; 0 is the least.
const MaxProgress = 100

// TaskCancelled is the error of a task that was cancelled.
const TaskCancelled = "cancelled"

// TaskEvent is one of the payloads that belong to a task: TaskStarted,
// TaskProgress, TaskCompleted, TaskFailed and TaskUpdate.
type TaskEvent interface {
	// Head returns the fields that all of them have.
	Head() TaskHead
}

// TaskHead holds the fields that all events of a task have.
type TaskHead struct {
	ID        string
	Message   string
	Timestamp string
}

// TaskStarted is the payload of task_started.
type TaskStarted struct {
	ID        string `json:"task_id"`
	Type      string `json:"task_type"`
	Status    string `json:"status"` // "started"; Draft sets it
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"` // Draft sets it
}

// TaskProgress is the payload of task_progress.
type TaskProgress struct {
	ID        string `json:"task_id"`
	Progress  Number `json:"progress"` // percent
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"` // Draft sets it
}

// TaskCompleted is the payload of task_completed.
type TaskCompleted struct {
	ID        string     `json:"task_id"`
	Status    string     `json:"status"` // "completed"; Draft sets it
	Result    TaskResult `json:"result"`
	Message   string     `json:"message"`
	Timestamp string     `json:"timestamp"` // Draft sets it
}

// TaskFailed is the payload of task_failed.
type TaskFailed struct {
	ID        string `json:"task_id"`
	Status    string `json:"status"` // "failed"; Draft sets it
	Error     string `json:"error"`
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"` // Draft sets it
}

// TaskUpdate is the payload of task_update: the state of a task that runs
// elsewhere, as a client reports it.
type TaskUpdate struct {
	ID        string `json:"task_id"`
	Progress  Number `json:"progress"` // percent
	Status    string `json:"status"`   // any text
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"` // Draft sets it
}

// Head implements TaskEvent.
func (t *TaskStarted) Head() TaskHead { return TaskHead{t.ID, t.Message, t.Timestamp} }

// Head implements TaskEvent.
func (t *TaskProgress) Head() TaskHead { return TaskHead{t.ID, t.Message, t.Timestamp} }

// Head implements TaskEvent.
func (t *TaskCompleted) Head() TaskHead { return TaskHead{t.ID, t.Message, t.Timestamp} }

// Head implements TaskEvent.
func (t *TaskFailed) Head() TaskHead { return TaskHead{t.ID, t.Message, t.Timestamp} }

// Head implements TaskEvent.
func (t *TaskUpdate) Head() TaskHead { return TaskHead{t.ID, t.Message, t.Timestamp} }

// Draft returns the first event of a task on the channel tasks and to user,
// unless user is 0. So do the Draft methods of the other payloads of tasks.
func (t TaskStarted) Draft(user int64, at time.Time) hub.Draft {
	t.Status, t.Message, t.Timestamp = "started", Shorten(t.Message, MaxTaskText), TimestampMillis(at)
	return taskDraft("task_started", user, t)
}

// Draft returns an event of a task that goes on.
func (t TaskProgress) Draft(user int64, at time.Time) hub.Draft {
	t.Message, t.Timestamp = Shorten(t.Message, MaxTaskText), TimestampMillis(at)
	return taskDraft("task_progress", user, t)
}

// Draft returns the last event of a task that has succeeded.
func (t TaskCompleted) Draft(user int64, at time.Time) hub.Draft {
	t.Status, t.Message, t.Timestamp = "completed", Shorten(t.Message, MaxTaskText), TimestampMillis(at)
	return taskDraft("task_completed", user, t)
}

// Draft returns the last event of a task that has failed.
func (t TaskFailed) Draft(user int64, at time.Time) hub.Draft {
	t.Status, t.Timestamp = "failed", TimestampMillis(at)
	t.Error, t.Message = Shorten(t.Error, MaxTaskText), Shorten(t.Message, MaxTaskText)
	return taskDraft("task_failed", user, t)
}

// Draft returns an update on the channel tasks, its texts uncut.
func (t TaskUpdate) Draft(at time.Time) hub.Draft {
	t.Timestamp = Timestamp(at)
	return taskDraft("task_update", 0, t)
}

func taskDraft(name string, user int64, payload any) hub.Draft {
	return hub.Draft{Name: name, Channel: TasksChannel, User: user, Data: encode(payload)}
}
