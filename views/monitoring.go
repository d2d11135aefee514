package views

import (
	"context"
	"time"

	"github.com/a-h/templ"
)

// at is the time of the machine's sample; zero without one.
func (m *Machine) at() time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.At
}

// hubAt is the time of the hub's figures; zero without them.
func (b Beat) hubAt() time.Time {
	if b.Hub == nil {
		return time.Time{}
	}
	return b.At
}

// stored is the range of stored events.
func (l Lang) stored(h *Hub) string {
	if h.Last == 0 || h.First > h.Last {
		return none
	}
	return integer(l, h.First) + "–" + integer(l, h.Last)
}

// address is the page's own address, with its query.
func (p Page) address(ctx context.Context) string {
	if p.Rates == "" {
		return text(string(to(ctx, p.Path)))
	}
	return text(string(to(ctx, p.Path+"?"+p.Rates)))
}

// back is where the way back of a result leads.
func (p Page) back(ctx context.Context) templ.SafeURL {
	path := local(p.Path)
	if path == "" {
		path = "/"
	}
	return to(ctx, string(path))
}
