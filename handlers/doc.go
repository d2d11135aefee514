// Package handlers is the door of the house: routes, input checks, status
// codes, and how events become what people see. It is the only user of gin.
//
// # What it promises
//
// All input is checked before anything is published. What is wrong is said at
// once and completely, as JSON {"detail": …} or, to those who prefer text/html,
// as a fragment or page; nothing has been sent then. errors.go alone turns
// errors into statuses.
//
// A page is rendered at a position of the journal, and its one live stream
// begins there. Where it cannot, because too much was missed, the stream sends
// the page's whole state. So what a page shows is always a fold over the hub's
// logs up to one position; there is no second state that could disagree.
//
// Every route has a door (doors.go), which says what it asks of who uses it, and
// is asked before anything else is done; a test holds a table of routes and people
// to it. Who is not let in gets 401 when nothing was shown that is known, in a
// browser the login page, and 403 otherwise. Handlers ask the same functions for
// what only the body names.
//
// Whoever may manage access does so at /access, and every person at /account has
// the own password changed: pages that answer to no other site, not even to one of
// Config.Origins. A secret is in the answer to who made it, under no-store, and
// nowhere else. Each change leaves one record, audit, that says who did what, to
// whom or what (on), and from where.
//
// Every route has a use, too, and with it the rates that count its requests
// (ratelimit.go): POST and streams have one by address, asked before anything that
// is shown is looked at, and one by principal, asked after the door. What is stored
// of channels and users has quotas (quota.go), which each POST asks before it
// publishes; what producers publish has none. Who comes too often gets 429 and is
// told when to come again, on a stream as sse.Server.Later does it; who would store
// too much gets 429 and is told which limit that is. Limits says what they are.
//
// Who asks for it (max_rate) gets fewer values of what changes often: rates.go says
// what is a value of what. For a page a whole card is one thing.
//
// # What it does not promise
//
// Choices (language, theme, user, cleared lists) live in a cookie of the
// browser. They are no identity and protect nothing.
//
// # Starting and stopping
//
// New makes the http.Handler; it owns no goroutine. Streams end when the
// sse.Server drains.
//
// # Bounds
//
// The rates of the 10,000 principals and of as many addresses used last are kept;
// package limits says what a quota counts. Where there is a rate it bounds Idempotency-Keys:
// the journal remembers each for ten minutes, at about 200 bytes.
//
// # What it does not know, on purpose
//
// How events are stored, who produces them, how tasks run, and how nodes hear of
// each other: it is given a hub, Jobs, a Node and, beside other nodes, a Cluster.
//
// # Testing
//
// The contract tests drive the whole handler over real HTTP on a real hub; those
// in cmd/latido do so in a real browser.
package handlers
