package event

import (
	"strings"
	"time"

	"latido/hub"
)

// The levels of a log entry.
const (
	LogDebug   = "DEBUG"
	LogInfo    = "INFO"
	LogWarning = "WARNING"
	LogError   = "ERROR"
)

// Lengths of a log entry's texts in bytes; Draft cuts what is longer.
const (
	MaxLogMessage = 2048
	MaxRequestID  = 64
)

// LogsChannel is the channel of log entries.
const LogsChannel = "logs"

// LogLevel returns text in upper case when that is a level of a log entry, and
// LogInfo otherwise.
func LogLevel(text string) string {
	switch level := strings.ToUpper(text); level {
	case LogDebug, LogInfo, LogWarning, LogError:
		return level
	}
	return LogInfo
}

// LogEntry is the payload of log_entry.
type LogEntry struct {
	Level     string `json:"level"`
	Service   string `json:"service"`
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"`  // Draft sets it
	RequestID string `json:"request_id"` // "" in Draft for a new "req_…"
	Simulated bool   `json:"simulated,omitempty"`
}

// Draft returns a log entry of at on the channel logs. A simulated one is
// ephemeral.
func (l LogEntry) Draft(at time.Time) hub.Draft {
	if l.RequestID == "" {
		l.RequestID = NewID("req_")
	}
	l.RequestID = Shorten(l.RequestID, MaxRequestID)
	l.Message = Shorten(l.Message, MaxLogMessage)
	l.Timestamp = TimestampMillis(at)
	return hub.Draft{Name: "log_entry", Channel: LogsChannel, Data: encode(l), Ephemeral: l.Simulated}
}
