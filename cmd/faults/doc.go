// Package faults does to a running Latido what the world does to servers, and
// judges what its clients then hold against what they were promised. It consists of
// tests.
//
//	go test ./cmd/faults                            the quick set
//	go test -tags faults ./cmd/faults -run 'F1$'    the long set
//	make faults ONLY=F1,F6/twice SEED=7             the long set, with a table
//
// # What it promises
//
// The program under test is a child process that is reached over HTTP and is
// killed, stopped, deprived of disk space or cut from its disk for real. Eight
// posters send events, each with an Idempotency-Key and a body of its own. They try
// again until the event was acknowledged, refused, or given up as unknown. Readers
// follow several channels each as an EventSource does. Posters and readers write
// down what happened, the stored events are read back through /sse/history, and
// hubtest.Judge compares the logs.
//
// A run ends with a table: test, runs, events acknowledged, lost, missed in
// silence, the longest time from a restart (or from the end of the fault) to
// /readyz 200, and the result. A test that this machine cannot do, for example
// because it may not mount a disk, is marked as not run. With CI=true in the
// environment it fails.
//
// Random choices come from one seed, which is printed whenever something failed;
// -seed makes the same choices again. What the kernel and the scheduler choose is
// not repeated.
//
// # What it does not promise
//
// The goals in time of the long set are those of a machine that does nothing else;
// the quick set adds slack. A power cut is the state of the backing file of a loop
// device at one moment. It holds what the system had written to the device; what a
// disk's own cache might lose or reorder is not covered.
//
// # Readers who fall behind
//
// A reader that gets a gap has missed what the gap covers, and nothing else.
//
// # Starting and stopping
//
// The programs are built when the first test needs them. Each run has a folder of
// its own below the temporary folder, where 3 GB must fit. It gives back its
// processes, mounts and files when it ends, also after an interrupt.
//
// # What it does not know, on purpose
//
// How Latido stores and serves: it must find nothing that a client could not find,
// so of Latido it knows ids, topics and the judge.
//
// # Another scenario
//
// A scenario is a function that gets a stage: a folder, a source of random choices,
// and a list of what must be undone. It starts as many children and as much traffic
// as it needs and returns an outcome. It is in a file of its own and has a test in
// faults_test.go.
//
// # Testing
//
// noticing_test.go and liar_test.go test the tools themselves: a poster, a reader
// and a judge that notice nothing would pass every program.
package faults
