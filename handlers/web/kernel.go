package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/cluster"
)

// Config is what a Kernel is made of. All fields but those with a default are
// required.
type Config struct {
	Hub     *hub.Hub
	Streams *sse.Server
	Access  *access.Directory
	Logger  *slog.Logger
	Audit   *slog.Logger // for logins, refusals and changes of access; default Logger
	Origins []string     // sites whose pages may use the API from browsers, as scheme://host[:port]
	Limits  Limits
	MaxBody int64   // bytes of a request's body; default DefaultMaxBody
	URLs    URLs    // default: the product is at the root of its host
	Cluster Cluster // nil for a process on its own
	Version string
	Started time.Time
}

// Cluster knows the nodes beside this one.
type Cluster interface {
	// Name returns the name of this node.
	Name() string
	// Others returns the newest report of each other node, in no order.
	Others() []cluster.Report
}

// DefaultMaxBody is the default of Config.MaxBody, in bytes.
const DefaultMaxBody = 256 << 10

// Kernel registers routes and does what all of them have in common.
type Kernel struct {
	Config
	// Conflated counts the values that streams with max_rate were not sent, for a
	// newer event of the same key.
	Conflated   atomic.Uint64
	engine      *gin.Engine
	html        HTML
	crossOrigin *http.CrossOriginProtection
	rates       [classes]*classRates // nil for a class without one
	quota       *limits.Quota
	routes      []Route

	refusedStreams, refusedRequests atomic.Uint64 // see Refused
}

// New makes a kernel without routes.
func New(cfg Config) *Kernel {
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.Audit == nil {
		cfg.Audit = cfg.Logger
	}
	cfg.Limits = cfg.Limits.WithDefaults()
	k := &Kernel{
		Config: cfg, engine: newEngine(), crossOrigin: protection(cfg.Origins),
		rates: cfg.Limits.rates(), quota: cfg.Limits.quota(),
	}
	k.Hub.Observe(k.quota.Observe)
	k.engine.Use(k.recover, secureHeaders, k.cors, k.adapt(boundBody), k.sameOrigin)
	k.engine.NoRoute(k.adapt(func(*gin.Context) error { return errNoRoute }))
	k.engine.NoMethod(k.adapt(func(*gin.Context) error { return errNoMethod }))
	return k
}

func newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	// A channel is one opaque name: a '/' in it arrives escaped and must not be
	// taken for a separator.
	r.UseEscapedPath, r.UnescapePathValues = true, false
	r.RedirectTrailingSlash, r.HandleMethodNotAllowed = false, true
	return r
}

// HTML writes what clients that prefer text/html over JSON get. An error means that
// nothing is written. Package pages implements it.
type HTML interface {
	// Context returns the context in which a Component is rendered.
	Context(ctx context.Context) context.Context
	// Failure writes the page or fragment that says what went wrong.
	Failure(c *gin.Context, f Failure) error
	// Done writes the page or fragment that says what was done.
	Done(c *gin.Context, d Done) error
}

// Handler returns the handler of all registered routes. It is called once, after the
// last registration.
func (k *Kernel) Handler(html HTML) http.Handler {
	k.html = html
	return k.engine
}

// Census adds this node's numbers of now to the newest reports of the others.
func (k *Kernel) Census() cluster.Census {
	own := k.Hub.Stats()
	if k.Cluster == nil {
		return cluster.Count(own)
	}
	this := cluster.NewReport(k.Cluster.Name(), k.Version, k.Started, k.Hub, k.Streams.Stats().Deliveries)
	return cluster.Count(own, append([]cluster.Report{this}, k.Cluster.Others()...)...)
}

// Action handles a request whose caller is authorized. It returns an error as long
// as it has written nothing, and Kernel makes the response of it.
type Action func(*gin.Context) error

// Route is a registered route.
type Route struct {
	Method string
	Path   string // gin's pattern: ":name" is one segment, "*name" all that follow
	Class  Class
	Public bool // its Rule is Public
}

// Routes returns every registered route, in the order of registration.
func (k *Kernel) Routes() []Route { return k.routes }

// Get registers a GET that ends by itself.
func (k *Kernel) Get(path string, rule Rule, do Action) {
	k.Handle(Reading, k.identify, path, rule, do)
}

// Post registers a POST.
func (k *Kernel) Post(path string, rule Rule, do Action) {
	k.Handle(Posting, k.identify, path, rule, do)
}

// Stream registers a JSON event stream.
func (k *Kernel) Stream(path string, rule Rule, do Action) {
	k.Handle(Streaming, k.identify, path, rule, do)
}

// PageStream registers the event stream of a page.
func (k *Kernel) PageStream(path string, rule Rule, do Action) {
	k.Handle(PageStreaming, k.identify, path, rule, do)
}

// Handle registers a route of a class whose caller identify finds. Every request
// passes, in this order: the rate of its address, before any credential is looked
// at; identify; rule; the rate of its principal; do.
func (k *Kernel) Handle(class Class, identify Identify, path string, rule Rule, do Action) {
	route := Route{Method: class.method(), Path: path, Class: class, Public: rule == nil}
	k.routes = append(k.routes, route)
	k.engine.Handle(route.Method, path, k.adapt(func(c *gin.Context) error {
		passed, err := k.admitAddress(c, class)
		if err != nil {
			return err
		}
		p, err := identify(c)
		if rule != nil {
			if err == nil {
				err = rule(c, p)
			}
			if err != nil {
				return k.refuse(c, p, err)
			}
		}
		if err := k.admitPrincipal(c, passed, p); err != nil {
			return err
		}
		return do(c)
	}))
}
