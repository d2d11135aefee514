package card

import (
	"slices"
	"time"

	"latido/hub"
	"latido/streams/event"
)

var logsProducers = []string{"logs", "logs-demo"}

// Logs shows the newest log entries.
var Logs = Type{
	Name: "logs", Shareable: true, Topics: channel(event.LogsChannel), Backfill: 512,
	Producers: logsProducers,
	New:       func(Env) State { return &logs{fed: fed{producers: logsProducers, aging: true}} },
}

const (
	// LogRows is how many entries the card shows.
	LogRows = 50

	// maxText bounds a message on a card, in bytes; the event has all of it.
	maxText = 8 << 10
)

// LogsView is the newest entries, newest first, at most LogRows.
type LogsView struct {
	Entries []LogEntry
	Older   bool // stored events before those that were looked at
	Source  Source
}

// LogEntry is one line of the card.
type LogEntry struct {
	ID        hub.ID // of the event
	Level     string // INFO, WARNING, ERROR or DEBUG
	Service   string
	Message   string // at most 8 KiB
	RequestID string
	At        time.Time
	Simulated bool
}

// LogsChange is what has come since, newest first, at most LogRows.
type LogsChange struct {
	Entries []LogEntry
	LeftOut int // entries that came and went between two drawings
	Source  Source
}

type logs struct {
	fed
	rows rows[LogEntry]
}

// Apply takes an entry.
func (l *logs) Apply(e *hub.Event) bool {
	entry := event.As[event.LogEntry](e)
	if entry == nil {
		return false
	}
	l.rows.add(LogEntry{
		ID: e.ID, Level: event.LogLevel(entry.Level), Service: event.Shorten(entry.Service, maxLabel),
		Message: event.Shorten(entry.Message, maxText), RequestID: event.Shorten(entry.RequestID, maxLabel),
		At: event.When(entry.Timestamp, e), Simulated: entry.Simulated,
	}, LogRows)
	return true
}

func (l *logs) View() any { return LogsView{l.rows.newest(LogRows), l.older, l.source} }

func (l *logs) Change() any {
	return LogsChange{l.rows.newest(l.rows.fresh), l.rows.leftOut, l.source}
}

func (l *logs) Full() bool { return len(l.rows.all) >= LogRows }

func (l *logs) Painted() { l.rows.drawn() }

// Without returns the view without the entries up to a position.
func (v LogsView) Without(upTo hub.ID) any {
	v.Entries = slices.DeleteFunc(slices.Clone(v.Entries), func(e LogEntry) bool { return isUpTo(e.ID, upTo) })
	return v
}
