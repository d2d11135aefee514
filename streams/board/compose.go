package board

import (
	"context"
	"fmt"
	"slices"
	"time"

	"latido/hub"
	"latido/streams/card"
)

// Request names the cards of a page.
type Request struct {
	Cards   []string // ids, of which Has reports true
	User    int64    // whose personal cards; 0 for nobody's
	Variant Variant
}

// Composition is what cards show at one position. Its maps are the caller's; what
// they hold is shared by all their viewers and must not be changed.
type Composition struct {
	At       hub.ID              // in the fragments: what comes after it is not in here
	Views    map[string]any      // by card: the view of its type
	Drawings map[string]*Drawing // by card: the view as it was drawn
	Readings *card.Readings      // of this moment
}

// request is a Request on its way.
type request struct {
	Request
	readings *card.Readings
	watch    bool       // nothing is composed
	reply    chan reply // capacity 1, so that a reply never waits for a caller that has left
	gone     <-chan struct{}
}

type reply struct {
	composition *Composition
	err         error
}

// Has reports whether there is a card of the id.
func (r *Runner) Has(id string) bool { return r.def(id) != nil }

// Def returns the definition of a card, of which Has reports true.
func (r *Runner) Def(id string) card.Def { return *r.def(id) }

func (r *Runner) def(id string) *card.Def {
	i := slices.IndexFunc(r.opt.Cards, func(d card.Def) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return &r.opt.Cards[i]
}

// Topics are what to subscribe to in the fragments: the cards of a request, and
// the heartbeat.
func (r *Runner) Topics(q Request) []hub.Topic {
	topics := []hub.Topic{r.opt.Fragments.Topic(heartbeatAudience(q.Variant.Lang))}
	for _, id := range q.Cards {
		topics = append(topics, r.opt.Fragments.Topic(audience(id, r.userOf(id, q.User), q.Variant)))
	}
	return topics
}

// userOf is the user of a card: that of the request for a personal one.
func (r *Runner) userOf(id string, user int64) int64 {
	if def := r.def(id); def == nil || !card.Lookup(def.Type).Personal {
		return 0
	}
	return user
}

// Readings returns the readings of this moment.
func (r *Runner) Readings() *card.Readings { return r.readings.fresh() }

// Cards are the ids of the cards there are.
func (r *Runner) Cards() (ids []string) {
	for _, d := range r.opt.Cards {
		ids = append(ids, d.ID)
	}
	return ids
}

// Reads are the topics whose events the cards of a request show.
func (r *Runner) Reads(q Request) (topics []hub.Topic) {
	for _, id := range q.Cards {
		if t := card.Lookup(r.def(id).Type); t.Topics != nil {
			topics = append(topics, t.Topics(card.Env{User: r.userOf(id, q.User)})...)
		}
	}
	return topics
}

// Heartbeat draws the heartbeat of this moment.
func (r *Runner) Heartbeat(lang string) ([]byte, error) {
	return r.opt.Painter.Heartbeat(r.readings.fresh(), lang)
}

// Compose returns what cards show now. It waits for what is stored of cards that
// nobody has watched lately, and for the next drawing where something has changed
// since the last one. Errors: ErrBusy, hub.ErrNotReady, or ctx's.
func (r *Runner) Compose(ctx context.Context, q Request) (*Composition, error) {
	return r.ask(ctx, q, false)
}

// Watch has the cards of a request drawn from now on, as Compose does, and composes
// nothing. A subscription to their fragments that begins after Watch has returned
// either misses nothing since its position, or begins with a gap. Errors: those of
// Compose.
func (r *Runner) Watch(ctx context.Context, q Request) error {
	_, err := r.ask(ctx, q, true)
	return err
}

func (r *Runner) ask(ctx context.Context, q Request, watch bool) (*Composition, error) {
	one := &request{q, r.readings.fresh(), watch, make(chan reply, 1), ctx.Done()}
	select {
	case r.requests <- one:
	case <-ctx.Done():
		return nil, fmt.Errorf("ask for cards: %w", ctx.Err())
	}
	select {
	case got := <-one.reply:
		return got.composition, got.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for cards: %w", ctx.Err())
	}
}

// take makes sure that the cards of a request are run.
func (r *Runner) take(ctx context.Context, q *request) {
	r.langs[q.Variant.Lang] = true
	for _, id := range q.Cards {
		k := key{id, r.userOf(id, q.User)}
		c := r.cards[k]
		if c == nil {
			if len(r.cards) >= r.opt.MaxCards {
				q.reply <- reply{err: ErrBusy}
				return
			}
			var err error
			if c, err = r.open(ctx, k, *r.def(id)); err != nil {
				q.reply <- reply{err: fmt.Errorf("run the card %s: %w", id, err)}
				return
			}
			c.state.Read(q.readings)
			r.cards[k] = c
		}
		if _, known := c.audiences[q.Variant]; !known {
			r.opt.Fragments.Begin(c.audience(q.Variant))
		}
		c.audiences[q.Variant] = time.Now().Add(r.opt.Linger)
	}
	if q.watch {
		q.reply <- reply{}
		return
	}
	r.waiting = append(r.waiting, q)
}

// replyReady replies to the requests whose cards are filled and drawn.
func (r *Runner) replyReady() {
	r.waiting = slices.DeleteFunc(r.waiting, func(q *request) bool {
		select {
		case <-q.gone:
			return true
		default:
		}
		for _, id := range q.Cards {
			if c := r.cards[key{id, r.userOf(id, q.User)}]; c == nil || !c.ready || c.changed {
				return false
			}
		}
		q.reply <- r.compose(q)
		return true
	})
}

// compose puts together what was drawn of the cards since they changed last, and
// draws what was not.
func (r *Runner) compose(q *request) reply {
	made := &Composition{At: r.opt.Fragments.Head(), Views: map[string]any{}, Drawings: map[string]*Drawing{}, Readings: q.readings}
	for _, id := range q.Cards {
		c := r.cards[key{id, r.userOf(id, q.User)}]
		whole, err := r.whole(c, q.Variant)
		if err != nil {
			return reply{err: fmt.Errorf("draw the card %s: %w", id, err)}
		}
		made.Views[id], made.Drawings[id] = c.snapshot(), whole
	}
	return reply{composition: made}
}
