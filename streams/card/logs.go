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
	entries []LogEntry // newest last
	fresh   int        // of them since Painted
	leftOut int
}

// Apply takes an entry.
func (l *logs) Apply(e *hub.Event) bool {
	entry := event.As[event.LogEntry](e)
	if entry == nil {
		return false
	}
	l.entries = append(l.entries, LogEntry{
		ID: e.ID, Level: event.LogLevel(entry.Level), Service: event.Shorten(entry.Service, maxLabel),
		Message: event.Shorten(entry.Message, maxText), RequestID: event.Shorten(entry.RequestID, maxLabel),
		At: event.When(entry.Timestamp, e), Simulated: entry.Simulated,
	})
	l.entries = slices.Delete(l.entries, 0, max(0, len(l.entries)-LogRows))
	if l.fresh++; l.fresh > LogRows {
		l.fresh = LogRows
		l.leftOut++
	}
	return true
}

// newest returns the newest n entries, newest first.
func (l *logs) newest(n int) []LogEntry {
	rows := slices.Clone(l.entries[max(0, len(l.entries)-n):])
	slices.Reverse(rows)
	return rows
}

func (l *logs) View() any { return LogsView{l.newest(LogRows), l.older, l.source} }

func (l *logs) Change() any {
	return LogsChange{l.newest(l.fresh), l.leftOut, l.source}
}

func (l *logs) Full() bool { return len(l.entries) >= LogRows }

func (l *logs) Painted() { l.fresh, l.leftOut, l.changed = 0, 0, false }

// Without returns the view without the entries up to a position.
func (v LogsView) Without(upTo hub.ID) any {
	v.Entries = slices.DeleteFunc(slices.Clone(v.Entries), func(e LogEntry) bool { return isUpTo(e.ID, upTo) })
	return v
}
