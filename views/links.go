package views

import (
	"context"

	"github.com/a-h/templ"
)

// Links returns the address of a path of this server. A path begins with "/" and may
// have a query.
type Links func(path string) string

type linksKey struct{}

// WithLinks returns a context in which components link with links. In other contexts
// the address of a path is the path.
func WithLinks(ctx context.Context, links Links) context.Context {
	return context.WithValue(ctx, linksKey{}, links)
}

// to returns the address of a path of this server. Every address in a component is
// made by it, but those that come from outside or are addresses already.
func to(ctx context.Context, path string) templ.SafeURL {
	if links, ok := ctx.Value(linksKey{}).(Links); ok {
		path = links(path)
	}
	return templ.SafeURL(path)
}
