package card

import (
	"math"
	"slices"
	"time"

	"latido/hub"
	"latido/streams/event"
)

// Def is one card of a board.
type Def struct {
	ID   string // unique on its board: [a-z0-9-]{1,32}
	Type string // the name of a Type
}

// Type is one kind of card.
type Type struct {
	// Name is how boards and pages name the type: [a-z]{1,16}.
	Name string
	// Personal says that the card shows something else to each user, and nothing
	// without one. Its topics depend on Env.User.
	Personal bool
	// Topics are those whose events the state folds; nil for a card that shows
	// readings alone.
	Topics func(Env) []hub.Topic
	// Producers are the names of what feeds the topics; nil for tasks, which this
	// process can always run.
	Producers []string
	// Shareable says that a share link may show the card.
	Shareable bool
	// Backfill is how many of the newest stored events of each topic fill a new
	// state.
	Backfill int
	// New makes an empty state.
	New func(Env) State
}

// Env is what a state may ask besides its events.
type Env struct {
	User    int64                  // of a personal card; 0 for the others
	Node    string                 // this process among several; "" for a process on its own
	Running func(task string) bool // whether this process runs a task, and can stop it
}

// State is what a card's events have added up to.
type State interface {
	// Apply folds one event and reports whether the view has changed. Events come in
	// the order of the journal, each once.
	Apply(e *hub.Event) (changed bool)
	// Read takes the readings of this moment and reports whether the view has
	// changed.
	Read(r *Readings) (changed bool)
	// View returns a snapshot of everything the card shows, as the type's view.
	View() any
	// Change returns what has changed since Painted was called last, for the
	// type's live component, or nil when the whole view is to be drawn.
	Change() any
	// Painted says that everything up to now has been drawn.
	Painted()
	// Full reports whether older events would change nothing that the card shows.
	Full() bool
	// Filled says that the state has been filled from what is stored. older says that
	// there are older events of its topics, which were not looked at.
	Filled(older bool)
}

// Clearable is a view from which somebody may have cleared what was there.
type Clearable interface {
	// Without returns the view without what came up to a position. It does not
	// change the view.
	Without(upTo hub.ID) any
}

// isUpTo reports whether an event stands at or before a position. One of another
// epoch does not.
func isUpTo(e, upTo hub.ID) bool { return e.Epoch == upTo.Epoch && e.Seq <= upTo.Seq }

// Readings are what this process knows at a moment and no event carries.
type Readings struct {
	At        time.Time
	Store     string // StoreFine, StoreFull or StoreAway
	Producers []event.Producer
	Streams   StreamsView
	Machine   *event.Machine // nil before the first sample
	Hub       *HubView
}

// Whether events can be stored.
const (
	StoreFine = ""
	StoreFull = "full" // the server has no room
	StoreAway = "away" // it cannot be for another reason
)

// Source is how the producers behind a card do.
type Source struct {
	At    time.Time // when it was looked at
	State string    // running, retrying, or idle when events come from outside alone
	Error string    // why it is retrying; "" otherwise
}

// Running reports whether a producer feeds the card, so that silence means
// something.
func (s Source) Running() bool { return s.State != "" && s.State != "idle" }

// source sums up the named producers: retrying if one is, idle if there is none,
// and running where none is needed.
func (r *Readings) source(names []string) Source {
	s := Source{At: r.At, State: "idle"}
	if names == nil {
		s.State = "running"
	}
	for _, p := range r.Producers {
		for _, name := range names {
			if p.Name != name {
				continue
			}
			// One that another node runs is as good as one of ours.
			if p.State != event.ProducerRunning && p.State != event.ProducerElsewhere {
				return Source{r.At, "retrying", p.Error}
			}
			s.State = "running"
		}
	}
	return s
}

// fed is the part of a state that folds events: it knows what produces them, and
// how far back it has looked.
type fed struct {
	producers []string
	aging     bool // the card says when its source was looked at
	source    Source
	older     bool
	changed   bool // the source's state, since Painted
}

// Filled notes whether there is more than was looked at.
func (f *fed) Filled(older bool) { f.older = older }

// Change is nil: a card is drawn whole unless its type says otherwise.
func (f *fed) Change() any { return nil }

// Painted has nothing to forget but the source's change.
func (f *fed) Painted() { f.changed = false }

// Read takes the source's state.
func (f *fed) Read(r *Readings) bool {
	s := r.source(f.producers)
	changed := s.State != f.source.State || s.Error != f.source.Error
	later := s.At.After(f.source.At)
	f.source = s
	f.changed = f.changed || changed
	return changed || f.aging && later
}

// rows are the newest rows of a card, newest last.
type rows[R any] struct {
	all     []R
	fresh   int // of them since they were drawn
	leftOut int // rows that came and went since
}

// add takes a new row, and keeps at most n.
func (r *rows[R]) add(row R, n int) {
	r.all = append(r.all, row)
	r.all = slices.Delete(r.all, 0, max(0, len(r.all)-n))
	if r.fresh++; r.fresh > n {
		r.fresh = n
		r.leftOut++
	}
}

// newest returns the newest n rows, newest first.
func (r *rows[R]) newest(n int) []R {
	rows := slices.Clone(r.all[max(0, len(r.all)-n):])
	slices.Reverse(rows)
	return rows
}

func (r *rows[R]) drawn() { r.fresh, r.leftOut = 0, 0 }

// All returns the types there are, in the order in which pages list them.
func All() []*Type {
	return []*Type{&Metrics, &Trading, &Logs, &Notifications, &Tasks, &Machine, &Hub, &Send, &Streams, &Connection}
}

// Lookup returns the type of a name, nil for none.
func Lookup(name string) *Type {
	for _, t := range All() {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// number is n, or NaN when it is missing.
func number(n event.Number) float64 {
	if !n.Has() {
		return math.NaN()
	}
	return n.Float()
}

func channel(name string) func(Env) []hub.Topic {
	return func(Env) []hub.Topic { return []hub.Topic{hub.ChannelTopic(name)} }
}
