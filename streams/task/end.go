package streams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// maxResult bounds a result's JSON in bytes.
const maxResult = 64 << 10

type taskStarted struct {
	ID        string `json:"task_id"`
	Type      string `json:"task_type"`
	Status    string `json:"status"`
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"`
}

type taskProgress struct {
	ID        string  `json:"task_id"`
	Progress  float64 `json:"progress"`
	Message   string  `json:"message"`
	Timestamp string  `json:"timestamp"`
}

type taskCompleted struct {
	ID        string          `json:"task_id"`
	Status    string          `json:"status"`
	Result    json.RawMessage `json:"result"`
	Message   string          `json:"message"`
	Timestamp string          `json:"timestamp"`
}

type taskFailed struct {
	ID        string `json:"task_id"`
	Status    string `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"`
}

func (t *Task) startedData() taskStarted {
	return taskStarted{
		ID: t.spec.ID, Type: t.spec.Type, Status: "started",
		Message: t.spec.Message, Timestamp: stamp(time.Now()),
	}
}

// end answers the last event of the task.
func (t *Task) end(ctx context.Context, result any, err error) (name string, data any) {
	now := stamp(time.Now())
	if err == nil {
		var raw json.RawMessage
		raw, err = encodeResult(result)
		if err == nil {
			t.mu.Lock()
			defer t.mu.Unlock()
			return "task_completed", taskCompleted{
				ID: t.spec.ID, Status: "completed", Result: raw, Message: t.summary, Timestamp: now,
			}
		}
	}
	text, message := err.Error(), "La tarea falló"
	var p *panicError
	switch {
	case errors.Is(err, errCancelled):
		message = "Tarea cancelada"
	case errors.Is(err, errStopped):
		message = "El servidor se detuvo antes de terminar la tarea"
	case errors.As(err, &p):
		text = "internal error" // the log has what a stranger need not know
		t.complain(ctx, slog.LevelError, "a task panicked", err)
	default:
		t.complain(ctx, slog.LevelWarn, "a task failed", err)
	}
	return "task_failed", taskFailed{
		ID: t.spec.ID, Status: "failed", Error: shorten(text, maxTaskText), Message: message, Timestamp: now,
	}
}

func encodeResult(result any) (raw json.RawMessage, err error) {
	// Guarded: a result's own MarshalJSON is the caller's code.
	err = guard(func() error {
		raw, err = json.Marshal(result)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the result can't be encoded: %w", err)
	}
	if len(raw) > maxResult {
		return nil, fmt.Errorf("the result is %d bytes long, %d are allowed", len(raw), maxResult)
	}
	return raw, nil
}
