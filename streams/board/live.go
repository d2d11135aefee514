package board

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"latido/hub"
	"latido/streams/card"
)

// live is a card that is run: its state, where it reads, and its viewers.
type live struct {
	def   card.Def
	kind  *card.Type
	env   card.Env
	state card.State

	topics   []hub.Topic
	cursor   *hub.Cursor // nil for a card without topics
	listener *hub.Listener
	batch    hub.Batch

	ready     bool                  // filled with what is stored
	changed   bool                  // since it was drawn
	repaint   bool                  // the state was made from what is stored: no change leads to it
	view      any                   // as it was drawn last; nil for not made yet
	audiences map[Variant]time.Time // until when each is drawn for, watched or not
}

// audience names the viewers of a card in one variant.
func (c *live) audience(v Variant) string { return audience(c.def.ID, c.env.User, v) }

func audience(id string, user int64, v Variant) string {
	name := id + "|" + v.Lang
	if v.Public {
		name += "|public"
	}
	if user != 0 {
		name += "|" + strconv.FormatInt(user, 10)
	}
	return name
}

// heartbeatAudience is every page of a language. No card's id has this form.
func heartbeatAudience(lang string) string { return "|" + lang }

// read applies what is new. It reports false when events were missed: the state
// must be made again then.
func (c *live) read() bool {
	for c.cursor != nil {
		c.cursor.Events(&c.batch)
		if c.batch.Gap != nil {
			return false
		}
		for _, e := range c.batch.Events {
			c.changed = c.state.Apply(e) || c.changed
		}
		more := c.batch.Full()
		c.cursor.PassAll(&c.batch)
		if c.batch.Reset(); !more {
			break
		}
	}
	return true
}

// filling is what is stored for a card.
type filling struct {
	key   key
	card  *live
	state card.State
	err   error
}

// open begins to run a card: it listens first, and is filled up to there.
func (r *Runner) open(ctx context.Context, k key, def card.Def) (*live, error) {
	c := &live{def: def, kind: card.Lookup(def.Type), audiences: map[Variant]time.Time{},
		env: card.Env{User: k.user, Node: r.opt.Node, Running: r.opt.Running}}
	c.state = c.kind.New(c.env)
	if c.kind.Topics != nil {
		c.topics = c.kind.Topics(c.env)
	}
	if len(c.topics) == 0 {
		c.ready = true
		return c, nil
	}
	var err error
	if c.cursor, err = r.opt.Hub.Subscribe(ctx, hub.Request{Topics: c.topics, Internal: true}); err != nil {
		return nil, err
	}
	c.listener = c.cursor.Feed().Listen(r.wake)
	r.startFilling(ctx, k, c, 0)
	return c, nil
}

// refillPause is the time between two attempts to read what is stored.
const refillPause = 2 * time.Second

// startFilling reads what is stored, in a goroutine of its own: it may wait for the
// journal.
func (r *Runner) startFilling(ctx context.Context, k key, c *live, pause time.Duration) {
	upTo := c.cursor.Position().Seq
	r.fillers.Go(func() {
		if pause > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
		}
		state, err := r.stored(ctx, c, upTo)
		select {
		case r.filled <- filling{k, c, state, err}:
		case <-ctx.Done():
		}
	})
}

// stored makes the state of what is stored up to a sequence. It reads further back
// for as long as that may show more.
func (r *Runner) stored(ctx context.Context, c *live, upTo uint64) (card.State, error) {
	for n := min(64, c.kind.Backfill); ; n = min(4*n, c.kind.Backfill) {
		var all []*hub.Event
		older := false
		for _, t := range c.topics {
			events, more, err := r.opt.Hub.Newest(ctx, t, upTo, n)
			if err != nil && len(events) == 0 {
				return nil, err
			}
			all, older = append(all, events...), older || more
		}
		slices.SortFunc(all, func(a, b *hub.Event) int { return cmp.Compare(a.ID.Seq, b.ID.Seq) })
		state := c.kind.New(c.env)
		for _, e := range slices.CompactFunc(all, func(a, b *hub.Event) bool { return a.ID == b.ID }) {
			state.Apply(e)
		}
		state.Filled(older)
		if !older || state.Full() || n == c.kind.Backfill {
			state.Painted()
			return state, nil
		}
	}
}

// fill takes what was stored, unless the card has been dropped meanwhile.
func (r *Runner) fill(ctx context.Context, f filling) {
	c := f.card
	if r.cards[f.key] != c {
		return
	}
	if f.err != nil {
		r.opt.Logger.Warn("reading what a card shows failed, trying again", "card", c.def.ID, "error", f.err)
		r.startFilling(ctx, f.key, c, refillPause)
		return
	}
	c.state = f.state
	c.state.Read(r.readings.latest())
	c.ready, c.changed, c.view = true, c.repaint, nil
}

// refill makes a card's state again after a gap.
func (r *Runner) refill(ctx context.Context, k key, c *live) {
	c.cursor.PassAll(&c.batch)
	c.batch.Reset()
	c.ready, c.repaint = false, true
	r.startFilling(ctx, k, c, 0)
}

// drop ends a card.
func (r *Runner) drop(k key, c *live) {
	delete(r.cards, k)
	if c.cursor != nil {
		c.listener.Stop()
		c.cursor.Close()
	}
	for v := range c.audiences {
		r.opt.Fragments.End(c.audience(v))
		r.drawings.drop(c.audience(v))
	}
}
