// Command faults does to a running Latido what the world does to servers, and
// judges what its clients then hold against what they were promised.
//
//	go run ./cmd/faults [-only F1,F5] [-quick] [-seed N] [-binary bin/latido]
//	                            [-nats-server bin/nats-server] [-json]
//
// # What it promises
//
// The program under test is a child process that is reached over HTTP and
// killed, stopped, starved of disk or cut from its disk for real. Eight posters
// send events, each with an Idempotency-Key and a body of its own, and try again
// until the event was acknowledged, refused, or given up as unknown. Readers
// follow several channels each as an EventSource does: they wait as long as
// retry says and come back with the last id they had. Everybody writes down what
// happened, the stored events are read back through /sse/history, and
// hubtest.Judge compares the logs.
//
// A run ends with a table: test, runs, events acknowledged, lost, missed in
// silence, the longest time from a restart (or from the end of the fault) to
// /readyz 200, and what came of it. The exit status is 0 when every test that
// ran kept every promise, 1 when one did not, 2 for a wrong call. A test that
// this machine cannot do, for want of the right to mount for one, is left out and
// its reason is printed in the table; it is never counted as run.
//
// Random choices come from one seed, which is printed whenever something failed;
// -seed N makes the same choices again. What the kernel and the scheduler choose
// is not repeated.
//
// # What it does not promise
//
// Times are goals of a machine that does nothing else. A power cut is the state
// of the backing file of a loop device at one moment: it holds what the system
// had written to the device, and nothing of what a disk's own cache might lose
// or reorder beyond that.
//
// # Readers who fall behind
//
// A reader that is told a gap has missed what the gap covers, and nothing else.
//
// # Starting and stopping
//
// main runs the scenarios one after the other. Each has a folder of its own in
// -work, and gives everything back when it is over: processes, mounts, files. An
// interrupt ends the run in the same way.
//
// # What it does not know, on purpose
//
// How Latido stores and serves: it must find nothing through the back door that
// a client could not find, so of Latido it knows ids, topics and the judge.
//
// # Another scenario
//
// A scenario is a value with a function that gets a stage: a folder, a source of
// random choices, and what must be undone afterwards. It starts as many children
// and as much traffic as it needs and answers an outcome. It stands in a file of
// its own and in the list in scenario.go.
//
// # Testing
//
// The tests run the quick set against a program they build, and hold the parts
// to what they must notice: a poster, a reader and a judge that see nothing would
// pass everything.
package main
