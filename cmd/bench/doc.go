// Package load measures a push hub from outside, as its clients see it: it opens
// many subscribers, publishes at an even pace, and counts what arrives and when.
//
// # What it promises
//
// Run opens the subscribers, lets the server rest, publishes, waits until
// everything has come or nothing comes any more, and answers a Result. An event
// carries the time of its sending between two marks (@@ and 19 digits of Unix
// nanoseconds), so the latency is from the moment before the POST to the moment
// the bytes were read, on one clock, whatever format the server wraps around it.
// Channel names are new in every run, so nobody else's events are counted.
//
// The server's CPU is the time its processes ran, user and system, read before
// and after; its memory is the Pss of /proc/PID/smaps_rollup. When they cannot
// be read, those figures are absent and the Result says why. Everything else is
// still measured.
//
// ServeBaseline is the yardstick: one thread that does one write per subscriber
// and event, and nothing else. StartBaseline runs it as a process of its own.
//
// # What it does not promise
//
// Figures of two machines, or of servers that were pinned differently, cannot be
// compared. The load takes CPU too: pin it (PinTo) to a core the server does not
// use. Percentiles are the lower edges of buckets one percent wide.
//
// # Subscribers who do not read
//
// Stalled subscribers take the head of the answer and then nothing. They are
// counted apart, and nothing is expected to reach them; what they cost the others
// shows in the others' figures.
//
// # Starting and stopping
//
// Run ends when the run is over, or early when its context ends: then the Result
// is marked as interrupted and holds what was measured until then. When Run has
// returned, every goroutine has ended and every socket is closed. Sockets are
// closed with a reset, so that no TIME_WAIT keeps their ports from the next run.
//
// # What it does not know, on purpose
//
// Latido: paths are templates, so any server of events can be measured. It speaks
// plain HTTP/1.1 only. It runs on Linux only; elsewhere everything answers
// ErrUnsupported.
//
// # Testing
//
// The tests run whole loads against small servers of their own, in this process,
// and never look at the clock to judge a figure.
package load
