// Package pages is the pages, their one live stream each, the forms on them, the
// choices of a browser, and share links. It also writes, for all packages, what
// clients that prefer text/html read of errors and of what was done: App is a web.HTML.
//
// # What it promises
//
// A page is composed of cards at a position of this process's fragments (package
// streams/board), and its one live stream begins there. What a card shows is drawn once
// for all pages until it changes; a request renders what stands around it. Where a
// stream cannot begin at its position, because too much was missed or the position is
// of another process, it begins with everything the page shows: the same drawings.
//
// A share link shows its cards and nothing else: no other page, no form, no file, and
// no reason why a producer fails. Its secret is found in the path alone; what else the
// request shows counts neither for it nor against it.
//
// Positions in addresses and ids (RUN-N) are opaque, and hold for one run of one
// process.
//
// # What it does not promise
//
// Choices (language, theme, user, cleared lists) live in a cookie of the browser. They
// are no identity and protect nothing. A list of which a browser has cleared something
// is drawn for that browser alone, at each of its requests.
//
// # Pages that fall behind
//
// Their stream ends; htmx opens it again with the last id, and gets everything the page
// shows.
//
// # Starting and stopping
//
// Register starts no goroutine. App.Run draws the cards until its context ends; pages
// wait for it. Streams end when the sse.Server drains, or when the
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
