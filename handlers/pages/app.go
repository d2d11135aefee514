package pages

import (
	"github.com/gin-gonic/gin"

	"latido/handlers/web"
	"latido/hub"
	"latido/views"
)

// Node tells about this process and its machine.
type Node interface {
	// Producers returns the supervised producers in a stable order.
	Producers() []views.Producer
	// Machine returns the latest sample of the machine, nil before the first.
	Machine() *views.Machine
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

// Config is what the pages need beside the kernel. All fields are required.
type Config struct {
	Node   Node
	Jobs   Jobs
	Sender Sender
	Demo   bool // simulated producers run: the page says so
}

// App is the pages, and what responds in HTML for all packages: a web.HTML.
type App struct {
	*web.Kernel
	Config
	html  map[rendering]*hub.Format
	beats beatCache
}

// Register registers the routes of pages, their streams and their forms.
func Register(k *web.Kernel, cfg Config) *App {
	a := &App{Kernel: k, Config: cfg}
	a.html = a.formats()
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
