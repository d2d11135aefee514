package api

import (
	"context"
	"io"
	"time"

	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
)

// Jobs are the background tasks that clients can start.
type Jobs interface {
	// StartExport begins to export a channel's stored events and returns the
	// task's id. Errors: web.ErrBusy.
	StartExport(ctx context.Context, channel string) (id string, err error)
	// Cancel stops a running task. Errors: web.ErrNotFound.
	Cancel(id string) error
	// OpenExport opens a finished export and returns when it was written. Errors:
	// web.ErrNotFound.
	OpenExport(id string) (file io.ReadSeekCloser, written time.Time, err error)
}

// Config is what the API needs beside the kernel. All fields but those with a default
// are required.
type Config struct {
	Jobs Jobs
	// Heartbeat is how long a stream may be without an event before it gets a
	// heartbeat; default DefaultHeartbeat.
	Heartbeat time.Duration
}

// tasksChannel carries the life cycle of tasks.
const tasksChannel = event.TasksChannel

// API is the JSON endpoints and streams.
type API struct {
	*web.Kernel
	cfg              Config
	json             *hub.Format
	notificationJSON *hub.Format
	stream           *sse.Kind
}

// Register registers the routes of the API, which is compatible with the original.
func Register(k *web.Kernel, cfg Config) *API {
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = DefaultHeartbeat
	}
	a := &API{
		Kernel: k, cfg: cfg, json: hub.NewFormat("json", jsonFrame), notificationJSON: hub.NewFormat("json-notification", notificationFrame),
		stream: &sse.Kind{Gap: gapFrame, Heartbeat: heartbeatFrame, HeartbeatEvery: cfg.Heartbeat},
	}
	k.Stream("/sse/events", readsQuery, a.events)
	k.Stream("/sse/metrics", web.Reads("metrics"), a.channel("metrics", 1))
	k.Stream("/sse/trading", web.Reads("trading"), a.channel("trading", 0))
	k.Stream("/sse/logs", web.Reads("logs"), a.channel("logs", 0))
	k.Stream("/sse/notifications/:user_id", web.ReadsUser, a.notifications)
	k.Get("/sse/history/:channel", web.ReadsChannel, a.history)
	k.Get("/sse/stats", web.Known, a.stats)
	k.Post("/sse/broadcast/:channel", web.SendsToChannel, a.broadcast)
	k.Post("/sse/notify/:user_id", web.Notifies, a.notifyUser)
	k.Post("/sse/task-update", web.Sends(tasksChannel), a.updateTask)
	if k.Access.Keeps() {
		k.Post("/sse/ticket", web.Known, a.newTicket)
	}
	k.Post("/tasks/export", web.TaskRunner, a.startExport)
	k.Post("/tasks/:id/cancel", web.TaskRunner, a.cancelTask)
	k.Get("/exports/:file", web.AllChannels, a.download)
	k.Get("/healthz", web.Public, a.healthz)
	k.Get("/readyz", web.Public, a.readyz)
	return a
}
