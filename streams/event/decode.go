package event

import (
	"encoding/json"

	"latido/hub"
)

// Decode returns a pointer to the payload of e, or nil when the package declares
// none for e's name. An event is decoded once, so callers share the payload and
// must not change it. A broadcast has no payload of ours: its body is the
// client's.
func Decode(e *hub.Event) any { return e.Decoded(decode) }

// As returns the payload of e as a *T, or nil when it is of another type.
func As[T any](e *hub.Event) *T {
	payload, _ := Decode(e).(*T)
	return payload
}

// Task returns the payload of e, or nil when e is not an event of a task.
func Task(e *hub.Event) TaskEvent {
	payload, _ := Decode(e).(TaskEvent)
	return payload
}

func decode(e *hub.Event) any {
	payload := payloadOf(e.Name)
	if payload == nil {
		return nil
	}
	// Package json reports the first field of another type and fills the others.
	_ = json.Unmarshal(e.Data, payload)
	return payload
}

func payloadOf(name string) any {
	switch name {
	case "system_metrics":
		return &SystemMetrics{}
	case "price_update":
		return &PriceUpdate{}
	case "metric_update":
		return &MetricUpdate{}
	case "log_entry":
		return &LogEntry{}
	case "notification":
		return &Notification{}
	case "task_started":
		return &TaskStarted{}
	case "task_progress":
		return &TaskProgress{}
	case "task_completed":
		return &TaskCompleted{}
	case "task_failed":
		return &TaskFailed{}
	case "task_update":
		return &TaskUpdate{}
	}
	return nil
}
