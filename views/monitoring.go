package views

import (
	"github.com/a-h/templ"

	"latido/streams/card"
)

// stored is the range of stored events.
func (l Lang) stored(h card.HubView) string {
	if h.Last == 0 || h.First > h.Last {
		return none
	}
	return integer(l, h.First) + "–" + integer(l, h.Last)
}

// address is the page's own path and query.
func (p Page) address() string {
	return text(p.Path)
}

// back is the address that a result links back to.
func (p Page) back() templ.SafeURL {
	if u := local(p.Path); u != "" {
		return u
	}
	return "/"
}
