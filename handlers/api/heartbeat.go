package api

import (
	"time"

	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
)

// DefaultHeartbeat is the default of Config.Heartbeat.
const DefaultHeartbeat = 30 * time.Second

// heartbeatFrame says that a stream is alive, and where it is.
func heartbeatFrame(pos hub.ID) []byte {
	return web.Frame(sse.Message{ID: pos.String(), Data: event.Heartbeat(time.Now())})
}
