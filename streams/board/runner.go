package board

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"latido/hub"
	"latido/streams/card"
)

// ErrBusy is returned by Compose when as many cards are run as may be.
var ErrBusy = errors.New("too many different cards are watched at once")

// Variant is what the drawings of a card differ by, beside the user of a personal
// card.
type Variant struct {
	Lang   string // as views name it
	Public bool   // for viewers who have nothing but a share link
}

// Painter draws cards. Its methods may be called concurrently, and must not keep
// what they are given.
type Painter interface {
	// Change draws what brings a page from the drawing before to this one. change is
	// that of the type's State.
	Change(def card.Def, change any, v Variant) ([]byte, error)
	// Whole draws all of a card. view is that of the type's State.
	Whole(def card.Def, view any, v Variant) (*Drawing, error)
	// Heartbeat draws the heartbeat of a page.
	Heartbeat(r *card.Readings, lang string) ([]byte, error)
}

// Drawing is a whole card, drawn once for all its viewers. It must not be
// changed.
type Drawing struct {
	Parts    map[string]string // what a page shows, by the id of the element that holds it
	Fragment []byte            // the same parts, for a page that shows the card in whatever state
}

// Options configure a Runner. Hub, Fragments, Painter and Read are required; zero
// means the default for the others.
type Options struct {
	Hub       *hub.Hub
	Fragments *hub.Fragments
	Cards     []card.Def // what may be shown
	Painter   Painter
	// Read returns the readings of this moment. It is called in goroutines of the
	// callers of Compose and of Run, one at a time.
	Read    func() *card.Readings
	Node    string                 // see card.Env
	Running func(task string) bool // see card.Env

	Every     time.Duration // least time between two drawings; default 250 ms
	Heartbeat time.Duration // time between two heartbeats; default 5 s
	Linger    time.Duration // time that a card is run after the last one has gone; default 1 min
	MaxCards  int           // cards run at a time; default 10,000
	MaxBytes  int           // of the drawings that are kept for the next page; default 64 MiB
	Timings   *hub.Timings  // its Paint is filled in; made when nil
	Logger    *slog.Logger
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Every, 250 * time.Millisecond}, {&o.Heartbeat, 5 * time.Second}, {&o.Linger, time.Minute}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.MaxCards <= 0 {
		o.MaxCards = 10_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.Timings == nil {
		o.Timings = &hub.Timings{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Runner runs the cards of a board. Make it with New, start it with Run.
type Runner struct {
	opt      Options
	readings readings
	requests chan *request
	filled   chan filling
	wakes    chan struct{} // capacity 1: some card's topics have something new
	fillers  sync.WaitGroup

	// The rest belongs to Run.
	cards       map[key]*live
	waiting     []*request
	drawings    drawings
	langs       map[string]bool // that were asked for
	paintedAt   time.Time
	heartbeatAt time.Time
}

// key names a running card.
type key struct {
	card string
	user int64 // of a personal card, 0 for the others
}

// New makes a runner. Nothing runs before Run.
func New(o Options) *Runner {
	o = o.withDefaults()
	return &Runner{
		opt: o, readings: readings{read: o.Read}, requests: make(chan *request), filled: make(chan filling),
		wakes: make(chan struct{}, 1), cards: map[key]*live{}, langs: map[string]bool{},
		drawings: drawings{max: o.MaxBytes},
	}
}

// Run runs the cards until ctx ends, and returns nil then, with every goroutine of
// the package stopped.
func (r *Runner) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		r.fillers.Wait()
		for k, c := range r.cards {
			r.drop(k, c)
		}
	}()
	timer := time.NewTimer(r.opt.Heartbeat)
	defer timer.Stop()
	for {
		r.tick(ctx, time.Now())
		timer.Reset(max(0, time.Until(r.nextTick())))
		select {
		case <-ctx.Done():
			return nil
		case q := <-r.requests:
			r.take(ctx, q)
		case f := <-r.filled:
			r.fill(ctx, f)
		case <-r.wakes:
		case <-timer.C:
		}
	}
}

// wake is called under the hub's lock.
func (r *Runner) wake() {
	select {
	case r.wakes <- struct{}{}:
	default: // it reads everything before it waits
	}
}

// nextTick is when there is something to do although nothing new comes.
func (r *Runner) nextTick() time.Time {
	next := r.heartbeatAt.Add(r.opt.Heartbeat)
	if due := r.paintedAt.Add(r.opt.Every); r.changed() && due.Before(next) {
		next = due
	}
	return next
}

func (r *Runner) changed() bool {
	for _, c := range r.cards {
		if c.ready && c.changed {
			return true
		}
	}
	return false
}

// tick applies what is new, draws what is due and replies to requests.
func (r *Runner) tick(ctx context.Context, now time.Time) {
	for k, c := range r.cards {
		if c.ready && !c.read() {
			r.refill(ctx, k, c)
		}
	}
	if !now.Before(r.heartbeatAt.Add(r.opt.Heartbeat)) {
		r.heartbeat(now)
	}
	if r.changed() && !now.Before(r.paintedAt.Add(r.opt.Every)) {
		r.paint(now)
	}
	r.replyReady()
}
