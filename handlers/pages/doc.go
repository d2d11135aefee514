// Package pages is the pages, their one live stream each, the forms on them, the
// choices of a browser, and share links. It also writes, for all packages, what
// clients that prefer text/html read of errors and of what was done: App is a web.HTML.
//
// # What it promises
//
// A page is rendered at a position of the journal, and its one live stream begins
// there. Where it cannot, because too much was missed, the stream sends the page's
// whole state. So what a page shows is a fold over the hub's logs up to one position.
//
// A share link shows its cards and nothing else: no other page, no form, no file, and
// no reason why a producer fails. Its secret is found in the path alone; what else the
// request shows counts neither for it nor against it.
//
// With max_rate a card changes less often. For a page a whole card is one value.
//
// # What it does not promise
//
// Choices (language, theme, user, cleared lists) live in a cookie of the browser. They
// are no identity and protect nothing. A page shows what the hub has in memory, not
// everything that is stored.
//
// # Pages that fall behind
//
// Their stream ends; htmx opens it again with the last id, and gets the whole state.
//
// # Starting and stopping
//
// Register starts no goroutine. Streams end when the sse.Server drains, or when the
// lease of their caller ends.
//
// # What it does not know, on purpose
//
// How an event is sent: forms go through Sender, as the API's requests do. Who is
// logged in, and how.
//
// # Testing
//
// Over real HTTP, in package handlers; in a real browser, in cmd/latido.
package pages
