package board

import (
	"fmt"
	"time"

	"latido/hub"
)

// paint draws all cards that have changed, for all their viewers.
func (r *Runner) paint(now time.Time) {
	began := time.Now()
	var out []hub.Fragment
	for _, c := range r.cards {
		if c.ready && c.changed {
			out = r.paintCard(c, out)
		}
	}
	r.opt.Fragments.Append(out...)
	r.paintedAt = now
	r.opt.Timings.Paint.Observe(time.Since(began))
}

// paintCard draws one card for its audiences.
func (r *Runner) paintCard(c *live, out []hub.Fragment) []hub.Fragment {
	var change any
	if !c.repaint {
		change = c.state.Change()
	}
	c.view = nil
	for v := range c.audiences {
		name := c.audience(v)
		r.drawings.drop(name)
		data, err := r.fragment(c, change, v)
		if err != nil {
			// Its viewers get a gap, come back, and are sent the whole card.
			r.opt.Logger.Error("drawing a card failed", "card", c.def.ID, "error", err)
			r.opt.Fragments.Begin(name)
			continue
		}
		out = append(out, hub.Fragment{Audience: name, Data: data})
	}
	c.state.Painted()
	c.changed, c.repaint = false, false
	return out
}

// fragment draws a change, or the whole card where there is none.
func (r *Runner) fragment(c *live, change any, v Variant) (data []byte, err error) {
	if change == nil {
		whole, err := r.whole(c, v)
		if err != nil {
			return nil, err
		}
		return whole.Fragment, nil
	}
	defer recovered(&err)
	return r.opt.Painter.Change(c.def, change, v)
}

// whole draws the whole card, once for all its viewers until it changes.
func (r *Runner) whole(c *live, v Variant) (d *Drawing, err error) {
	name := c.audience(v)
	if known := r.drawings.byAudience[name]; known != nil {
		return known, nil
	}
	defer recovered(&err)
	if d, err = r.opt.Painter.Whole(c.def, c.snapshot(), v); err != nil {
		return nil, err
	}
	r.drawings.put(name, d)
	return d, nil
}

// recovered is deferred around a painter: one that panics costs its drawing.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}

// snapshot is the view of the state, made once between two changes.
func (c *live) snapshot() any {
	if c.view == nil {
		c.view = c.state.View()
	}
	return c.view
}

// heartbeat takes the readings of this moment, sends every page a heartbeat, and stops
// running what nobody watches.
func (r *Runner) heartbeat(now time.Time) {
	r.heartbeatAt = now
	r.release(now)
	var out []hub.Fragment
	for lang := range r.langs {
		if !r.opt.Fragments.Watched(heartbeatAudience(lang)) {
			continue
		}
		data, err := r.opt.Painter.Heartbeat(r.readings.fresh(), lang)
		if err != nil {
			r.opt.Logger.Error("drawing the heartbeat failed", "error", err)
			continue
		}
		out = append(out, hub.Fragment{Audience: heartbeatAudience(lang), Data: data})
	}
	r.opt.Fragments.Append(out...)
	for _, c := range r.cards {
		c.changed = c.state.Read(r.readings.fresh()) || c.changed
	}
}

// release drops the audiences that have been unwatched for long enough, and cards
// that have none left.
func (r *Runner) release(now time.Time) {
	for k, c := range r.cards {
		for v, until := range c.audiences {
			switch name := c.audience(v); {
			case r.opt.Fragments.Watched(name):
				c.audiences[v] = now.Add(r.opt.Linger)
			case now.After(until):
				r.opt.Fragments.End(name)
				r.drawings.drop(name)
				delete(c.audiences, v)
			}
		}
		if len(c.audiences) == 0 {
			r.drop(k, c)
		}
	}
}
