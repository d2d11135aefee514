// Command bench measures a push hub from outside, as its clients see it: it opens
// many subscribers, publishes at an even pace, and counts what arrives and when.
//
//	go run ./cmd/bench [URL] [--subscribers N] [--rate R] [--baseline] [--json] …
//	go run ./cmd/bench baseline
//
// # What it promises
//
// A run opens the subscribers, lets the server rest, publishes, waits until every
// event has arrived or nothing arrives any more, and prints a result. An event
// carries the time of its sending between two markers (@@ and 19 digits of Unix
// nanoseconds). So the latency is measured from the moment before the POST to the
// moment the bytes were read, on one clock, whatever the server adds to the event.
// Channel names are new in every run, so events of other programs are not counted.
//
// The server's CPU is the time its processes ran, user and system, read before
// and after. Its memory is the Pss of /proc/PID/smaps_rollup. When they cannot
// be read, those figures are null and the result says why; all others are still
// measured.
//
// The baseline is the yardstick: one thread that does one write per subscriber
// and event, and nothing else. With --baseline it runs as a process of its own.
//
// The exit status is 0 for success, 1 for failure and 2 for wrong usage.
//
// # What it does not promise
//
// Figures of two machines, or of servers that were pinned differently, cannot be
// compared. The load takes CPU too: --pin keeps it on a core that the server should
// not use. Percentiles have three significant digits.
//
// # Subscribers that do not read
//
// Stalled subscribers read the head of the response and then nothing. They are
// counted separately and no delivery to them is expected. What they cost the others
// shows in the others' figures.
//
// # Starting and stopping
//
// A run that is interrupted prints what was measured until then and is marked as
// interrupted. When runLoad has returned, every goroutine has ended and every socket
// is closed. Sockets are closed with a reset, so that no TIME_WAIT keeps their ports
// from the next run.
//
// # What it does not know, on purpose
//
// Latido: paths are templates, so any server of events can be measured. It speaks
// plain HTTP/1.1 and runs on Linux.
//
// # Testing
//
// The tests run whole loads against small servers in this process, and never judge
// a figure by the clock.
package main
