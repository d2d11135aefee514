// Package hubtest has a journal and records in memory that fail on command, and the
// conformance suites that every journal and all records pass. It also checks what
// publishers and subscribers of a whole server logged.
//
// # What it promises
//
// [Journal] meets the whole contract of hub.Journal, except that its events
// end with it. It does no input or output, starts no goroutine and
// never sleeps, so that a test in a testing/synctest bubble sees it settle: a
// Follow with nothing to deliver is durably blocked. Make it inside the bubble.
//
// [RunJournalTests] checks that contract on any journal. A test of the hub on
// Journal is therefore a test of the hub on every journal that passes.
//
// [Records] meets the whole contract of kv.Store in the same way, and
// [RunRecordsTests] checks it on any records.
//
// [Store], [Bounds] and [Follow] call a journal and fail the test on an error.
//
// [Recorder] is a hub.Publisher that records what it was given. [Goroutines]
// returns the goroutines that run a package's code, for tests of what must stop.
//
// [Judge] finds every breach of the promises that the logs of a run show, and
// counts what was lost and what was missed in silence; [Check] returns the
// breaches alone. Neither knows how the logs came about.
//
// # What it does not
//
// The suite does not show what a journal does when its store fails or its process
// is killed: each journal has tests of its own for that.
//
// # Readers who fall behind
//
// Journal stores the last [DefaultKeep] events, or as many as KeepLast says. Follow
// goes on at the oldest stored event when the next one is gone, as it does on a
// real journal; the jump in the sequences shows it. A Watch of Records has every
// change until it is delivered, however many.
//
// # Starting and stopping
//
// There is nothing to stop. Follow and Watch end with their context.
package hubtest
