package event

import (
	"encoding/json"
	"time"

	"latido/hub"
)

// Member is a member of a JSON object. Value is a string, an int64 or nil.
type Member struct {
	Name  string
	Value any
}

// Envelope returns the members that the server adds to the body of a broadcast,
// in the order of the wire. Each replaces a member of the body of the same name,
// because the server vouches for it. The sender is a user, 0 for none.
func Envelope(channel string, sender int64, at time.Time) []Member {
	var user any
	if sender != 0 {
		user = sender
	}
	return []Member{{"channel", channel}, {"timestamp", Timestamp(at)}, {"sender", user}}
}

// Broadcast returns the draft of a broadcast. Data is the sent body with its
// Envelope.
func Broadcast(channel string, data json.RawMessage) hub.Draft {
	return hub.Draft{Name: "broadcast", Channel: channel, Data: data}
}
