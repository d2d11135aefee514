package views

import (
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

// address is the page's own path and query.
func (p Page) address() string {
	if p.Rates == "" {
		return text(p.Path)
	}
	return text(p.Path + "?" + p.Rates)
}

// back is the address that a result links back to.
func (p Page) back() templ.SafeURL {
	if u := local(p.Path); u != "" {
		return u
	}
	return "/"
}
