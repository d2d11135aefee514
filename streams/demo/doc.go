// Package demo has the simulated producers of latido serve --demo: prices, log
// entries and notifications, each in a file of its own. Each is a
// streams.Producer.
//
// # What it promises
//
// A producer publishes what its type's comment says, and marks every event with
// "simulated": true. All its events are ephemeral. It publishes once for the
// process, not once for each client.
//
// A producer whose name ends in "-demo" adds simulated events to the stream that
// the rest of the name says: "logs-demo" to "logs". The other names are the
// streams' own.
//
// # What it does not promise
//
// An event that could not be published is lost: the next one is as good.
//
// # When publishing fails
//
// Run returns the error, and the supervisor calls it again.
//
// # Starting and stopping
//
// Constructors start nothing. Run returns soon after its context has ended.
//
// # What it does not know, on purpose
//
// HTTP, HTML, NATS, clients, and other nodes: running the simulated producers on
// one node of several is up to the caller.
//
// # Testing
//
// All timing is by package time, so tests use testing/synctest. A producer takes
// a seed; the same seed gives the same texts and prices. Ids are random.
package demo
