// Package streams produces events: it has the real producers, which are the
// machine's metrics and the process's own log, and the supervisor that runs them
// and the simulated ones. It uses the hub through hub.Publisher.
//
// Payloads are declared in streams/event. Tasks are in streams/task, simulated
// producers in streams/demo.
//
// # What it promises
//
// A producer publishes what its type's comment says, each sample once for the
// process and not once for each client. The Supervisor isolates producers: a
// panic, an error or an early return of one is logged, reported by
// Supervisor.States, and retried with back-off, and the others continue.
//
// # What it does not promise
//
// A sample that could not be published is lost: the next one is as good. Log
// records are lost when more come than the queue holds; Logs.Dropped counts them
// and an entry on the stream reports the number. Secrets are masked by the key of
// their attribute, not recognized by their form.
//
// # When publishing fails
//
// Metrics and Logs return the error, so that States shows why a stream is silent,
// and are called again. Logs continues with the record that failed. A publication
// has three seconds.
//
// A record about a failed publication would cause another publication. Records
// logged with a context of NoEvent do not become events. Logs publishes with such
// a context, and the supervisor logs the failures of Logs with one. A publisher
// that logs each event without that context still causes an event for each; then
// the pace of Logs bounds them.
//
// # Starting and stopping
//
// Constructors start nothing. Supervisor.Run returns when its context has ended
// and every producer has returned. The publisher must outlive it: Logs publishes
// what is queued after the context has ended, for two seconds at most.
//
// # What it does not know, on purpose
//
// HTTP, HTML, NATS, other nodes, and clients. Choosing the one node that runs the
// simulated producers is up to the caller of NewSupervisor.
//
// # Testing
//
// All timing is by package time, so tests use testing/synctest and a
// hubtest.Recorder; there are no clocks to inject.
package streams
