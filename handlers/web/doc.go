// Package web is what all routes have in common. It registers routes with their
// authorization rules, finds the caller, applies rates and quotas, and reads input. It
// writes errors, responses and the audit log, and makes the addresses of pages. It
// knows no page and no endpoint.
//
// # Adding a route
//
// A package registers a route with its class, its rule and its action:
//
//	k.Post("/sse/broadcast/:channel", web.SendsToChannel, a.broadcast)
//
// The action reads the path with PathParam, the body with Kernel.Read, collects what
// is wrong in Problems, publishes with Kernel.Publish, and responds with WriteJSON,
// Kernel.Done, Kernel.Render or Leave. What fails before that it returns as an error.
// The table of authorizations in the tests of package handlers needs a row for it.
//
// # What it promises
//
// There is no way to register a route without a Rule and a Class. Before its action
// runs, a request has passed the rate of its address, its Rule, and the rate of its
// principal, in this order. So trying keys costs a token of the address each time. A
// caller who is refused gets 401 when no credentials were sent, in a browser the login
// page, and 403 otherwise.
//
// An error that an action returns becomes a response here. Problems are 422 with
// everything that is wrong at once; a StatusError and a LimitError say theirs. The
// errors of other packages have a row each in the table of errors.go. The rest is 500
// and logged. Actions that have something else to say write their own status:
// forms of access that are shown again, a failed login, readiness, and streams that
// are put off. Clients that prefer text/html get the same as a page or fragment.
//
// URLs makes the address of everything that Latido emits, and is the one place that
// knows below which path the product is served.
//
// # What it does not promise
//
// A body is read once and into memory, at most Config.MaxBody bytes of it. A query
// that does not parse is read as far as it does.
//
// # Bounds
//
// The rates of the 10,000 principals and of as many addresses used last are kept;
// package limits says what a quota counts. Requests that come too often get 429 and
// when to come again; JSON streams are put off as sse.Server.Later does it. The rates
// bound Idempotency-Keys, too: the journal remembers each for ten minutes, at about
// 200 bytes.
//
// # Starting and stopping
//
// A Kernel starts no goroutine. Handler is called once, after the last registration.
//
// # What it does not know, on purpose
//
// Templates and texts: what it says in HTML is written by an HTML, which package
// pages implements.
//
// # Testing
//
// Input, links and addresses are tested here; the way of a request through the
// kernel in package handlers, where there are routes.
package web
