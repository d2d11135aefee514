package views

import (
	"strings"

	"latido/streams/card"
)

// sourceKind is the shape that stands for the state.
func sourceKind(s card.Source) string {
	switch s.State {
	case "running":
		return "run"
	case "retrying":
		return "retry"
	case "stopped":
		return "stop"
	}
	return "idle" // elsewhere too
}

// sourceState is the state of a producer in words.
func (l Lang) sourceState(s card.Source) string {
	words := l.texts().State.Producer
	if _, ok := words[s.State]; !ok {
		return words.of("idle")
	}
	return words.of(s.State)
}

// streamName is a producer's name in the words of the cards.
func (l Lang) streamName(name string) string { return l.texts().State.Source.of(name) }

// logLevel is the level of a log entry as its row is marked; an unknown one counts
// as info.
func logLevel(level string) string {
	switch l := strings.ToLower(level); l {
	case "error", "warning", "debug":
		return l
	}
	return "info"
}

// logWord is the level as a log writes it.
func (l Lang) logWord(level string) string { return l.texts().Logs.Word.of(logLevel(level)) }

// notifLevel is the level of a notification; an unknown one counts as info.
func notifLevel(level string) string {
	switch level {
	case "success", "warning", "error":
		return level
	}
	return "info"
}

// notifWord is the level in words.
func (l Lang) notifWord(level string) string {
	return l.texts().Notifications.Level.of(notifLevel(level))
}

// taskKind is the task's state as its row is marked; what is not known is running.
func taskKind(t card.Task) string {
	switch t.State {
	case "started", "completed", "failed", "cancelled":
		return t.State
	}
	return "running"
}

// taskState is the state of a task in words.
func (l Lang) taskState(t card.Task) string { return l.texts().Tasks.State.of(taskKind(t)) }

// taskName is what a task is called: its type where there is one, in words when
// it is one of ours, and its id where there is not.
func (l Lang) taskName(t card.Task) string {
	switch t.Type {
	case "":
		return label(t.ID)
	case "export":
		return l.texts().Tasks.Export
	}
	return label(t.Type)
}

// direction says where a price went.
func direction(p card.Price) string {
	switch {
	case p.Change > 0:
		return "up"
	case p.Change < 0:
		return "down"
	}
	return "same"
}

// direction in words.
func (l Lang) direction(p card.Price) string {
	m := l.texts()
	switch direction(p) {
	case "up":
		return m.Trading.Up
	case "down":
		return m.Trading.Down
	}
	return m.Trading.Unchanged
}
