package api

import (
	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
)

// jsonFrame is an event as EventSource clients get it. The hub has checked names and
// data, so the frame needs no parsing and no escaping.
func jsonFrame(e *hub.Event) []byte {
	data := make([]byte, 0, len(e.Data)+len(e.Name)+24)
	data = append(data, `{"event":"`...)
	data = append(data, e.Name...)
	data = append(data, `","data":`...)
	data = append(data, e.Data...)
	data = append(data, '}')
	return web.Frame(sse.Message{ID: e.ID.String(), Data: data})
}

// notificationFrame is jsonFrame for streams that carry notifications only.
func notificationFrame(e *hub.Event) []byte {
	if e.Name != "notification" {
		return nil
	}
	return jsonFrame(e)
}

func gapFrame(g hub.Gap) []byte {
	return web.Frame(sse.Message{ID: g.To.String(), Data: event.Gap(g)})
}
