package event

import (
	"encoding/json"
	"time"

	"latido/hub"
)

// Control events belong to a stream and are never published: connected,
// heartbeat and gap.
type control struct {
	Event     string `json:"event"`
	Data      any    `json:"data,omitempty"`
	Timestamp string `json:"timestamp,omitempty"`
}

type connected struct {
	Channel   string `json:"channel"`
	Timestamp string `json:"timestamp"`
	Message   string `json:"message"`
}

// GapData is the payload of gap: events after From and up to To may be missing.
type GapData struct {
	From   string     `json:"from"` // a hub.ID, as To is
	To     string     `json:"to"`
	Reason hub.Reason `json:"reason"`
}

// Connected returns the message that begins a stream of channel.
func Connected(channel string, at time.Time) json.RawMessage {
	return encode(control{Event: "connected", Data: connected{channel, Timestamp(at), "Conectado al canal " + channel}})
}

// Heartbeat returns the message of a stream that has been quiet.
func Heartbeat(at time.Time) json.RawMessage {
	return encode(control{Event: "heartbeat", Timestamp: Timestamp(at)})
}

// Gap returns the message that reports a gap.
func Gap(g hub.Gap) json.RawMessage {
	return encode(control{Event: "gap", Data: GapData{g.From.String(), g.To.String(), g.Reason}})
}
