package views

import "strings"

// kind is the shape that stands for the state.
func (s StreamState) kind() string {
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

// streamState is the state of a producer in words.
func (l Lang) streamState(s StreamState) string {
	words := l.texts().State.Producer
	if _, ok := words[s.State]; !ok {
		return words.of("idle")
	}
	return words.of(s.State)
}

// stream returns the state of the named producer. One that is not in the beat
// takes its events from outside.
func (b Beat) stream(name string) StreamState {
	for _, s := range b.Streams {
		if s.Name == name {
			return s
		}
	}
	return StreamState{Name: name, State: "idle"}
}

// streamName is a producer's name as the cards show it.
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

// kind is the task's state as its row is marked; an unknown one counts as running.
func (t Task) kind() string {
	switch t.State {
	case "started", "completed", "failed", "cancelled":
		return t.State
	}
	return "running"
}

// taskState is the state of a task in words.
func (l Lang) taskState(t Task) string { return l.texts().Tasks.State.of(t.kind()) }

// taskName is the name of a task: its type if it has one, in words if Latido
// defines it, and otherwise its id.
func (l Lang) taskName(t Task) string {
	switch t.Type {
	case "":
		return label(t.ID)
	case "export":
		return l.texts().Tasks.Export
	}
	return label(t.Type)
}

// direction is the direction in which a price moved.
func (p Price) direction() string {
	switch {
	case p.Change > 0:
		return "up"
	case p.Change < 0:
		return "down"
	}
	return "same"
}

// direction in words.
func (l Lang) direction(p Price) string {
	m := l.texts()
	switch p.direction() {
	case "up":
		return m.Trading.Up
	case "down":
		return m.Trading.Down
	}
	return m.Trading.Unchanged
}
