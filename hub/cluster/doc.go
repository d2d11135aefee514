// Package cluster is what the processes on one NATS cluster know of each other: small
// reports, and roles that one of them has at a time.
//
// # What it promises
//
//   - A node's report reaches the others within ReportEvery, and is forgotten NodeAge after
//     its last one, without anyone to clean up.
//   - A role has one holder at a time, as far as clocks run at the same speed: a node that
//     cannot renew its own gives it up before another can take it.
//   - A role passes on at once when its holder ends, and within NodeAge and ReportEvery when
//     it dies.
//
// # What it does not
//
// A role can be without a holder for that time. It does not fence: work that reaches outside
// must stop when its context ends. Reports are not stored; they go with the servers.
//
// # Readers who fall behind
//
// There are none: Others returns the newest reports.
//
// # Starting and stopping
//
// Open connects; Run and Nodes.Hold return when their context has ended and what they run has
// stopped. Close ends the connection and comes last.
//
// # What it does not know, on purpose
//
// How streams are written: a report is given how many events were delivered. What a role
// is for.
//
// # Testing
//
// The tests run several nodes on servers of package natstest.
package cluster
