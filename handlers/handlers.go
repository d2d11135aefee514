package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"latido/handlers/access"
	"latido/handlers/api"
	"latido/handlers/manage"
	"latido/handlers/pages"
	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/board"
)

// Jobs are the background tasks that people can start from the page.
type Jobs interface {
	api.Jobs
	pages.Jobs
}

// Config is what the handlers need. All fields but Cluster, Backup and those with a default
// are required.
type Config struct {
	Hub     *hub.Hub
	Streams *sse.Server
	Access  *access.Directory
	Jobs    Jobs
	Node    pages.Node
	Cluster web.Cluster // nil for a process on its own
	Logger  *slog.Logger
	Audit   *slog.Logger // for logins, refusals and changes of access; default Logger
	Origins []string     // sites whose pages may use the API from browsers, as scheme://host[:port]
	URLs    web.URLs     // default: the product is at the root of its host
	Limits  web.Limits
	MaxBody int64 // bytes of a request's body; default web.DefaultMaxBody
	// Heartbeat is how long a JSON stream may be without an event before it gets a
	// heartbeat; default api.DefaultHeartbeat.
	Heartbeat time.Duration
	// Backup writes a backup for the program's own commands; nil for none.
	Backup  func(ctx context.Context, w io.Writer) error
	Timings *hub.Timings // where durations are counted; made when nil
	Demo    bool         // simulated producers run: the page says so
	Version string
	Started time.Time
}

// Handler is the program's one http.Handler.
type Handler struct {
	http.Handler
	pages *pages.App
}

// New makes a handler. Pages wait for Run.
func New(cfg Config) *Handler {
	k, p := register(cfg)
	return &Handler{k.Handler(p), p}
}

// Run draws the cards of pages until ctx ends, and returns nil then.
func (h *Handler) Run(ctx context.Context) error { return h.pages.Run(ctx) }

// register makes a kernel and registers the routes of all packages.
func register(cfg Config) (*web.Kernel, *pages.App) {
	k := web.New(web.Config{
		Hub: cfg.Hub, Streams: cfg.Streams, Access: cfg.Access, Cluster: cfg.Cluster, Logger: cfg.Logger, Audit: cfg.Audit,
		Origins: cfg.Origins, URLs: cfg.URLs, Limits: cfg.Limits, MaxBody: cfg.MaxBody, Version: cfg.Version, Started: cfg.Started,
	})
	a := api.Register(k, api.Config{Jobs: cfg.Jobs, Heartbeat: cfg.Heartbeat})
	p := pages.Register(k, pages.Config{Node: cfg.Node, Jobs: cfg.Jobs, Sender: a, Demo: cfg.Demo, Timings: cfg.Timings})
	manage.Register(k, manage.Config{Frame: p.Page, Cards: board.Shareable(), Backup: cfg.Backup})
	return k, p
}
