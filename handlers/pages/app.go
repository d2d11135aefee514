package pages

import (
	"context"

	"github.com/gin-gonic/gin"

	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/board"
	"latido/streams/event"
	"latido/views"
)

// Node describes this process and its machine.
type Node interface {
	// Producers returns the supervised producers in a stable order.
	Producers() []event.Producer
	// Machine returns the latest sample of the machine, nil before the first.
	Machine() *event.Machine
}

// Jobs are the background tasks of this process.
type Jobs interface {
	// Running reports whether this process runs the task.
	Running(id string) bool
}

// Sender publishes what the pages' forms send, and responds. Package api implements
// it, so that a form and the API check and store the same.
type Sender interface {
	// Broadcast sends an object to a channel, if the caller may.
	Broadcast(c *gin.Context, channel string, o web.Object) error
	// Notify sends the notification in a body to a user, if the caller may. key is
	// its Idempotency-Key, "" for none.
	Notify(c *gin.Context, in *web.Input, user int64, key string) error
}

// Config is what the pages need beside the kernel. All fields but Timings are
// required.
type Config struct {
	Node    Node
	Jobs    Jobs
	Sender  Sender
	Demo    bool         // simulated producers run: the page says so
	Timings *hub.Timings // see board.Options
}

// App is the pages, and what responds in HTML for all packages: a web.HTML.
type App struct {
	*web.Kernel
	Config
	boards    *board.Runner
	painter   views.Painter // with the addresses of this server
	fragments *hub.Fragments
	html      *hub.Format
	kind      *sse.Kind
	rates     rates
}

// fragmentsKept bounds what a page may miss and still go on with it: beyond it the
// page is sent everything it shows, which is shorter.
var fragmentsKept = hub.Retention{TopicEvents: 64, TopicBytes: 2 << 20, Bytes: 16 << 20, FrameBytes: 8 << 20}

// Register registers the routes of pages, their streams and their forms. Run runs
// their cards.
func Register(k *web.Kernel, cfg Config) *App {
	a := &App{Kernel: k, Config: cfg, html: hub.NewFormat("html", htmlFrame), kind: &sse.Kind{NoStore: true}}
	a.painter.Links = k.URLs.Path
	a.fragments = hub.NewFragments(newRun(), fragmentsKept, k.Logger)
	options := board.Options{
		Hub: k.Hub, Fragments: a.fragments, Cards: board.Fixed(), Painter: a.painter, Read: a.read,
		Running: cfg.Jobs.Running, Timings: cfg.Timings, Logger: k.Logger,
	}
	if k.Cluster != nil {
		options.Node = k.Cluster.Name()
	}
	a.boards = board.New(options)
	k.Get("/", web.AllChannels, a.dashboardPage)
	k.Get("/notifications", web.AllChannels, a.inboxPage)
	k.Get("/monitoring", web.AllChannels, a.monitoringPage)
	k.Get(views.HelpPath, web.Public, a.helpPage)
	k.PageStream("/live", web.AllChannels, a.live)
	k.Get("/ui/stats", web.AllChannels, a.statsFragment)
	k.Post("/ui/broadcast", web.SendsToAny, a.formBroadcast)
	k.Post("/ui/notify", web.NotifiesAny, a.formNotify)
	k.Post("/ui/notify-test", web.NotifiesAny, a.formNotifyTest)
	k.Post("/ui/prefs", web.Public, a.formPrefs)
	k.Post("/ui/clear", web.AllChannels, a.formClear)
	k.Post("/ui/connection", web.AllChannels, a.formConnection)
	if k.Access.Keeps() {
		k.Handle(web.Reading, a.identifyLink, web.SharePrefix+":secret", web.HasLink, a.sharePage)
		k.Handle(web.PageStreaming, a.identifyLink, web.SharePrefix+":secret/live", web.HasLink, a.shareLive)
	}
	k.Get("/assets/*path", web.Public, a.asset)
	k.Get("/favicon.ico", web.Public, a.favicon)
	return a
}

// Run runs the cards until ctx ends; see board.Runner.
func (a *App) Run(ctx context.Context) error { return a.boards.Run(ctx) }

// htmlFrame is a fragment as pages get it.
func htmlFrame(e *hub.Event) []byte {
	return web.Frame(sse.Message{ID: e.ID.String(), Data: e.Data})
}
