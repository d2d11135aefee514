package access

import (
	"context"
	"net/http"
)

// ConsoleName is the name of the Console principal. It contains a space, so no person
// can have it.
const ConsoleName = "command line"

// consoleKey is the key of a context that WithConsole made. It is not exported, so
// nothing that a client sends can set it.
type consoleKey struct{}

// WithConsole returns a context whose requests Identify takes for the Console. It is for
// a listener that only the account of the server can reach, such as its control socket.
func WithConsole(ctx context.Context) context.Context {
	return context.WithValue(ctx, consoleKey{}, true)
}

// IsConsole reports whether a request came through such a listener.
func IsConsole(r *http.Request) bool { return r.Context().Value(consoleKey{}) != nil }

// console is the principal of all these requests.
func console() *Principal {
	g := everything
	g.Manage = true
	return &Principal{Kind: Console, Name: ConsoleName, Grant: g}
}
