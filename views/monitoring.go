package views

import (
	"context"

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
func (p Page) address(ctx context.Context) string {
	return text(string(to(ctx, p.Path)))
}

// back is where the way back of a result leads.
func (p Page) back(ctx context.Context) templ.SafeURL {
	path := local(p.Path)
	if path == "" {
		path = "/"
	}
	return to(ctx, string(path))
}
