package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/sse"
	"latido/hub"
	"latido/views"
)

// Jobs are the background tasks people can start from the page.
type Jobs interface {
	// StartExport begins to export a channel's stored events and answers the
	// task's id. Errors: ErrBusy.
	StartExport(ctx context.Context, channel string) (id string, err error)
	// Cancel stops a running task. Errors: ErrNotFound.
	Cancel(id string) error
	// Running reports whether this process runs the task.
	Running(id string) bool
	// OpenExport opens a finished export and tells when it was written. Errors:
	// ErrNotFound.
	OpenExport(id string) (file io.ReadSeekCloser, written time.Time, err error)
}

// Node tells about this process and its machine.
type Node interface {
	// Producers answers the supervised producers in a stable order.
	Producers() []views.Producer
	// Machine answers the latest sample of the machine, nil before the first.
	Machine() *views.Machine
}

// Config is what the handlers stand on. All fields but Cluster and those with a
// default are required.
type Config struct {
	Hub     *hub.Hub
	Streams *sse.Server
	Jobs    Jobs
	Node    Node
	Cluster Cluster // nil for a process on its own
	Logger  *slog.Logger
	MaxBody int64 // bytes of a request's body; default 256 KiB
	// Heartbeat is how long a JSON stream may be without an event before it
	// gets a heartbeat; default 30 s.
	Heartbeat time.Duration
	Demo      bool // simulated producers run: the page says so
	Version   string
	Started   time.Time
}

// The defaults of Config.
const (
	DefaultMaxBody   = 256 << 10
	DefaultHeartbeat = 30 * time.Second
)

type api struct {
	Config
	log              *slog.Logger
	json             *hub.Format
	notificationJSON *hub.Format
	jsonStream       *sse.Kind
	html             map[views.Lang]*hub.Format
	beats            beatCache
}

// New makes the program's one http.Handler.
func New(cfg Config) http.Handler {
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = DefaultHeartbeat
	}
	a := &api{Config: cfg, log: cfg.Logger, json: hub.NewFormat("json", jsonFrame)}
	a.notificationJSON = hub.NewFormat("json-notification", func(e *hub.Event) []byte {
		if e.Name != "notification" {
			return nil
		}
		return jsonFrame(e)
	})
	a.jsonStream = &sse.Kind{Gap: gapFrame, Beat: heartbeatFrame, BeatEvery: cfg.Heartbeat, BeatIdle: true}
	a.html = map[views.Lang]*hub.Format{}
	for _, l := range []views.Lang{views.Spanish, views.English} {
		a.html[l] = hub.NewFormat("html-"+string(l), func(e *hub.Event) []byte { return a.liveFrame(l, e) })
	}
	return a.routes()
}

func (a *api) routes() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	// A channel is one opaque name: a '/' in it arrives escaped and must not be
	// taken for a separator.
	r.UseEscapedPath, r.UnescapePathValues = true, false
	r.RedirectTrailingSlash, r.HandleMethodNotAllowed = false, true
	r.Use(a.recover, secureHeaders, a.handle(boundBody), a.sameOrigin)
	r.NoRoute(a.handle(func(*gin.Context) error {
		return &statusError{status: http.StatusNotFound, detail: "Not Found"}
	}))
	r.NoMethod(a.handle(func(*gin.Context) error {
		return &statusError{status: http.StatusMethodNotAllowed, detail: "Method Not Allowed"}
	}))
	a.apiRoutes(r)
	a.pageRoutes(r)
	return r
}

// apiRoutes are the JSON API, compatible with the original.
func (a *api) apiRoutes(r *gin.Engine) {
	r.GET("/sse/events", a.handle(a.events))
	r.GET("/sse/metrics", a.handle(a.special("metrics", 1)))
	r.GET("/sse/trading", a.handle(a.special("trading", 0)))
	r.GET("/sse/logs", a.handle(a.special("logs", 0)))
	r.GET("/sse/notifications/:user_id", a.handle(a.notifications))
	r.GET("/sse/history/:channel", a.handle(a.history))
	r.GET("/sse/stats", a.handle(a.stats))
	r.POST("/sse/broadcast/:channel", a.handle(a.broadcast))
	r.POST("/sse/notify/:user_id", a.handle(a.notifyUser))
	r.POST("/sse/task-update", a.handle(a.updateTask))
	r.POST("/tasks/export", a.handle(a.startExport))
	r.POST("/tasks/:id/cancel", a.handle(a.cancelTask))
	r.GET("/exports/:file", a.handle(a.download))
	r.GET("/healthz", a.handle(a.healthz))
	r.GET("/readyz", a.handle(a.readyz))
}

// pageRoutes are the pages, their one live stream, and their forms.
func (a *api) pageRoutes(r *gin.Engine) {
	r.GET("/", a.handle(a.dashboardPage))
	r.GET("/notifications", a.handle(a.inboxPage))
	r.GET("/monitoring", a.handle(a.monitoringPage))
	r.GET("/live", a.handle(a.live))
	r.GET("/ui/stats", a.handle(a.statsFragment))
	r.POST("/ui/broadcast", a.handle(a.formBroadcast))
	r.POST("/ui/notify", a.handle(a.formNotify))
	r.POST("/ui/notify-test", a.handle(a.formNotifyTest))
	r.POST("/ui/prefs", a.handle(a.formPrefs))
	r.POST("/ui/clear", a.handle(a.formClear))
	r.POST("/ui/connection", a.handle(a.formConnection))
	r.GET("/assets/*path", a.handle(a.asset))
	r.GET("/favicon.ico", a.handle(a.favicon))
}
