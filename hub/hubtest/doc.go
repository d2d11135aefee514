// Package hubtest holds a journal and records in memory that can be told to fail,
// the conformance suites that every journal and all records pass, and the judge of
// what publishers and subscribers of a whole server wrote down.
//
// # What it promises
//
// [Journal] keeps the whole contract of hub.Journal, except that its events
// live as long as it does. It does no input or output, starts no goroutine and
// never sleeps, so that a test in a testing/synctest bubble sees it settle: a
// Follow with nothing to deliver is durably blocked. Make it inside the bubble.
//
// [RunJournalTests] holds any journal to that contract. A test of the hub on
// Journal is therefore a test of the hub on every journal that passes.
//
// [Records] keeps the whole contract of kv.Store in the same way, and
// [RunRecordsTests] holds any records to it.
//
// [Recorder] is a hub.Publisher that remembers what it was given. [Goroutines]
// returns the goroutines that run a package's code, for tests of what must stop.
//
// [Judge] finds every breach of the promises that the logs of a run show, and
// counts what was lost and what was missed in silence; [Check] returns the
// breaches alone. Neither knows how the logs came about.
//
// # What it does not
//
// The suite cannot tell what a journal does when its store dies or its process
// is killed: that is for the tests beside each journal.
//
// # Readers who fall behind
//
// Journal keeps the last [DefaultKeep] events, or what KeepLast says. Follow
// goes on at the oldest kept event when the next one is gone, as it does on a
// real journal; the jump in the sequences shows it. A Watch of Records keeps every
// change until it is delivered, however many.
//
// # Starting and stopping
//
// There is nothing to stop. Follow and Watch end with their context.
package hubtest
