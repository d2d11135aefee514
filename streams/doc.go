// Package streams makes events: producers, each in a file of its own, their
// supervisor, and background tasks. It knows the hub as a hub.Publisher only.
//
// # What it promises
//
// A producer publishes what its type's comment says, each sample once per
// process and never once per client. The Supervisor keeps producers apart: a
// panic, an error or an early return of one is logged, shown by
// Supervisor.States, and retried with back-off; the others do not notice.
//
// The simulated producers (Trading, DemoLogs, DemoNotifications) mark every
// event with "simulated": true. Metrics and Logs are real. A producer whose
// name ends in "-demo" adds simulated events to the stream that the rest of
// the name says: "logs-demo" to "logs". The other names are the streams'.
//
// A task that Tasks.Start accepted ends with exactly one task_completed or
// task_failed, and nothing of it follows. A file of an Export appears whole or
// not at all.
//
// # What it does not
//
// A sample that could not be published is lost: the next one is as good. Log
// records are lost when more come than the queue holds; Logs.Dropped counts
// them and an entry on the stream says so. Tasks do not survive the process.
// Secrets are masked by their attribute's key, not recognized by their look.
//
// # When publishing fails
//
// Metrics, Trading, DemoLogs, DemoNotifications and Logs return the error, so
// that States shows why a stream is silent, and are called again. Logs goes on
// with the very record that failed. A publication is given three seconds.
//
// Logging about a failed publication would make an event to be published, and
// so on. Records logged with a context of NoEvent never become events; Logs
// publishes with such a context, and the supervisor logs Logs' failures with
// one. A publisher that logs without that context what it does for each event
// feeds on itself all the same: then the pace of Logs is what bounds it.
//
// # Starting and stopping
//
// Constructors start nothing. Supervisor.Run and Tasks.Run return when their
// context has ended and everything they own has stopped. The publisher must
// outlive both: tasks publish their end, and Logs what is queued, after the
// context has ended, for a few seconds at most.
//
// # What it does not know, on purpose
//
// HTTP, HTML, NATS, other nodes, and who listens. Choosing the one node that
// runs the simulated producers is the business of whoever makes the supervisor.
//
// # Testing
//
// All timing is by package time, so tests use testing/synctest and a Publisher
// that remembers; there are no clocks to inject. Simulated producers take a
// seed.
package streams
