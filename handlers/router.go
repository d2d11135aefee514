package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
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
	Access  *access.Directory
	Jobs    Jobs
	Node    Node
	Cluster Cluster // nil for a process on its own
	Logger  *slog.Logger
	Audit   *slog.Logger // for logins, refusals and changes of who may do what; default Logger
	Origins []string     // sites whose pages may use the API from browsers, as scheme://host[:port]
	Limits  Limits
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
	html             map[rendering]*hub.Format
	beats            beatCache
	crossOrigin      *http.CrossOriginProtection
	limiter          *limiter
	doors            map[string]door // by method and path; the tests walk them
}

// New makes the program's one http.Handler.
func New(cfg Config) http.Handler { return newAPI(cfg).routes() }

func newAPI(cfg Config) *api {
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.Audit == nil {
		cfg.Audit = cfg.Logger
	}
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = DefaultHeartbeat
	}
	a := &api{
		Config: cfg, log: cfg.Logger, json: hub.NewFormat("json", jsonFrame), doors: map[string]door{},
		crossOrigin: protection(cfg.Origins), limiter: newLimiter(cfg.Limits),
	}
	a.Hub.Observe(a.limiter.quota.Observe)
	a.notificationJSON = hub.NewFormat("json-notification", func(e *hub.Event) []byte {
		if e.Name != "notification" {
			return nil
		}
		return jsonFrame(e)
	})
	a.jsonStream = &sse.Kind{Gap: gapFrame, Beat: heartbeatFrame, BeatEvery: cfg.Heartbeat, BeatIdle: true}
	a.html = a.formats()
	return a
}

func (a *api) routes() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	// A channel is one opaque name: a '/' in it arrives escaped and must not be
	// taken for a separator.
	r.UseEscapedPath, r.UnescapePathValues = true, false
	r.RedirectTrailingSlash, r.HandleMethodNotAllowed = false, true
	r.Use(a.recover, secureHeaders, a.cors, a.handle(boundBody), a.sameOrigin)
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
	get := func(path string, d door, do action) { a.route(r, reading, path, d, do) }
	post := func(path string, d door, do action) { a.route(r, posting, path, d, do) }
	stream := func(path string, d door, do action) { a.route(r, streaming, path, d, do) }
	stream("/sse/events", readsQuery, a.events)
	stream("/sse/metrics", reads("metrics"), a.special("metrics", 1))
	stream("/sse/trading", reads("trading"), a.special("trading", 0))
	stream("/sse/logs", reads("logs"), a.special("logs", 0))
	stream("/sse/notifications/:user_id", readsUser, a.notifications)
	get("/sse/history/:channel", readsParam, a.history)
	get("/sse/stats", known, a.stats)
	post("/sse/broadcast/:channel", sends, a.broadcast)
	post("/sse/notify/:user_id", notifies, a.notifyUser)
	post("/sse/task-update", sendsTo(tasksChannel), a.updateTask)
	if a.Access.Keeps() {
		post("/sse/ticket", known, a.newTicket)
	}
	post("/tasks/export", tasksDoor, a.startExport)
	post("/tasks/:id/cancel", tasksDoor, a.cancelTask)
	get("/exports/:file", whole, a.download)
	get("/healthz", public, a.healthz)
	get("/readyz", public, a.readyz)
}

// pageRoutes are the pages, their one live stream, and their forms.
func (a *api) pageRoutes(r *gin.Engine) {
	get := func(path string, d door, do action) { a.route(r, reading, path, d, do) }
	post := func(path string, d door, do action) { a.route(r, posting, path, d, do) }
	get("/", whole, a.dashboardPage)
	get("/notifications", whole, a.inboxPage)
	get("/monitoring", whole, a.monitoringPage)
	get(views.HelpPath, public, a.helpPage)
	a.route(r, pageStreaming, "/live", whole, a.live)
	get("/ui/stats", whole, a.statsFragment)
	post("/ui/broadcast", sendsSome, a.formBroadcast)
	post("/ui/notify", notifiesSome, a.formNotify)
	post("/ui/notify-test", notifiesSome, a.formNotifyTest)
	post("/ui/prefs", public, a.formPrefs)
	post("/ui/clear", whole, a.formClear)
	post("/ui/connection", whole, a.formConnection)
	if a.Access.Keeps() {
		get("/login", public, a.loginPage)
		post("/login", public, a.login)
		post("/logout", public, a.logout)
		a.accessRoutes(r)
	}
	if a.Access.Keeps() {
		a.shareRoutes(r)
	}
	get("/assets/*path", public, a.asset)
	get("/favicon.ico", public, a.favicon)
}

// accessRoutes are the pages on which access is managed, and everybody's own.
func (a *api) accessRoutes(r *gin.Engine) {
	get := func(path string, d door, do action) { a.route(r, reading, path, d, do) }
	post := func(path string, d door, do action) { a.route(r, posting, path, d, do) }
	get("/access", manages, a.accessPage)
	post("/access/people", manages, a.addPerson)
	get("/access/people/:name", manages, a.personPage)
	post("/access/people/:name/role", manages, a.setRole)
	post("/access/people/:name/password", manages, a.setPassword)
	post("/access/people/:name/remove", manages, a.removePerson)
	post("/access/keys", manages, a.addKey)
	post("/access/keys/:id/revoke", manages, a.revokeKey)
	post("/access/links", manages, a.addLink)
	post("/access/links/:id/revoke", manages, a.revokeLink)
	get("/account", loggedIn, a.accountPage)
	post("/account", loggedIn, a.changePassword)
}
