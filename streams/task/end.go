package task

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"latido/hub"
	"latido/streams"
	"latido/streams/event"
)

const (
	endWithin  = time.Minute // how long the end of a task is tried to be published
	firstRetry = 500 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// end returns the last event of the task: task_completed when err is nil and the
// result can be encoded, and task_failed otherwise.
func (t *Task) end(ctx context.Context, result any, err error) hub.Draft {
	if err == nil {
		var encoded event.TaskResult
		// Guarded, because a result's own MarshalJSON is the caller's code.
		err = streams.Guard(func() (err error) {
			encoded, err = event.NewTaskResult(result)
			return err
		})
		if err == nil {
			t.mu.Lock()
			defer t.mu.Unlock()
			completed := event.TaskCompleted{ID: t.spec.ID, Result: encoded, Message: t.summary}
			return completed.Draft(t.spec.User, time.Now())
		}
	}
	failed := event.TaskFailed{ID: t.spec.ID, Error: err.Error(), Message: "La tarea falló"}
	var p *streams.PanicError
	switch {
	case errors.Is(err, errCancelled):
		failed.Message = "Tarea cancelada"
	case errors.Is(err, errStopped):
		failed.Message = "El servidor se detuvo antes de terminar la tarea"
	case errors.As(err, &p):
		failed.Error = "internal error" // the log has what clients need not know
		t.complain(ctx, slog.LevelError, "a task panicked", err)
	default:
		t.complain(ctx, slog.LevelWarn, "a task failed", err)
	}
	return failed.Draft(t.spec.User, time.Now())
}

// publishEnd tries for a minute, or once more after Close was called: without
// its end a task would seem to run forever.
func (t *Task) publishEnd(ctx context.Context, d hub.Draft) {
	deadline := time.Now().Add(endWithin)
	for retry := firstRetry; ; retry = min(2*retry, lastRetry) {
		stopping := t.stopping()
		err := t.publish(ctx, d)
		if err == nil {
			return
		}
		if stopping || time.Now().After(deadline) || !streams.IsTemporary(err) {
			t.complain(ctx, slog.LevelError, "the end of a task was lost", err)
			return
		}
		pause := time.NewTimer(retry)
		select {
		case <-pause.C:
		case <-t.runner.stopping:
		}
		pause.Stop()
	}
}

func (t *Task) stopping() bool {
	select {
	case <-t.runner.stopping:
		return true
	default:
		return false
	}
}
