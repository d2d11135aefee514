package event

import (
	"encoding/json"
	"slices"
	"time"

	"latido/hub"
)

// The levels of a notification.
const (
	NotifyInfo    = "info"
	NotifyWarning = "warning"
	NotifySuccess = "success"
	NotifyError   = "error"
)

// NotificationLevels returns the levels of a notification.
func NotificationLevels() []string {
	return []string{NotifyInfo, NotifyWarning, NotifySuccess, NotifyError}
}

// NotificationLevel returns text when it is a level of a notification, and
// NotifyInfo otherwise.
func NotificationLevel(text string) string {
	if slices.Contains(NotificationLevels(), text) {
		return text
	}
	return NotifyInfo
}

// Notification is the payload of notification, which goes to a user.
type Notification struct {
	ID        string `json:"id"`    // "notif_…"; Draft sets it
	Type      string `json:"type"`  // the same as Level; Draft sets it
	Level     string `json:"level"` // one of NotificationLevels
	Title     string `json:"title"`
	Message   string `json:"message"`
	ActionURL Link   `json:"action_url"`
	Timestamp string `json:"timestamp"` // Draft sets it
	Read      bool   `json:"read"`
	Simulated bool   `json:"simulated,omitempty"`
}

// Draft returns a notification to user with a new id. A simulated one is
// ephemeral.
func (n Notification) Draft(user int64, at time.Time) hub.Draft {
	n.ID, n.Type, n.Timestamp = NewID("notif_"), n.Level, Timestamp(at)
	if n.Simulated {
		n.Timestamp = TimestampMillis(at)
	}
	return hub.Draft{Name: "notification", User: user, Data: encode(n), Ephemeral: n.Simulated}
}

// Link is a URL or a path; "" is none, and null in JSON. A decoded Link may lead
// anywhere.
type Link string

// MarshalJSON implements json.Marshaler.
func (l Link) MarshalJSON() ([]byte, error) {
	if l == "" {
		return []byte("null"), nil
	}
	return encode(string(l)), nil
}

// UnmarshalJSON implements json.Unmarshaler. What is not a string is no link.
func (l *Link) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) != nil {
		s = ""
	}
	*l = Link(s)
	return nil
}
