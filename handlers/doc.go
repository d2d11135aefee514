// Package handlers makes the program's one http.Handler of four packages. Package web
// is what all routes have in common, api the JSON endpoints and streams. Package pages
// is the pages with their live streams and forms, manage the login and the management
// of access.
//
// # What it promises
//
// Config is all that the handlers need, and New composes them: a new route is
// registered in one of the packages, and nothing changes here. Each package says for
// itself what it promises.
//
// # What it does not promise
//
// Anything about connections: time-outs, TLS, and the takeover of sockets are the
// server's, which cmd makes.
//
// # Starting and stopping
//
// New starts no goroutine. Streams end when the sse.Server drains.
//
// # What it does not know, on purpose
//
// How events are stored, what produces them, how tasks run, and how nodes hear of
// each other. Config has a hub, Jobs, a Node and, beside other nodes, a Cluster.
//
// # Testing
//
// The tests here drive the whole handler over real HTTP on a real hub. They check the
// contract of the API, every route for every kind of caller, hostile input, and the
// promises under churn. Those in cmd/latido do so in a real browser.
package handlers
