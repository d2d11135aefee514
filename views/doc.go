// Package views is Latido's HTML: whole pages, the cards they are made of, and
// the fragments that keep a page current while it is open.
//
// # What it promises
//
// The same component draws a card on a page and in a live fragment, so a page
// that was updated all day looks like one just loaded. Everything is written in
// Spanish or English, by the Lang it is given, with that language's numbers.
// Times are shown in the zone they carry: hand over times in the server's.
//
// Text from outside never becomes markup: not a tag, not an attribute, not a
// URL other than http, https or a path on this server. Control characters are
// shown as U+FFFD. The output holds LF only, no inline script, no inline style
// and no style attribute, so it lives under a policy of 'self' alone.
//
// A live fragment is one or more <hx-partial>; htmx ignores those whose target
// is not on the page, so one fragment serves every page. Ids are made of
// [a-z0-9-] only. Fragments that add a row (LiveLog, LiveNotification) first
// remove a row of the same id and cut the list at its length: showing an event
// twice shows it once.
//
// # Readers who fall behind
//
// Staleness is drawn by the style sheet: LiveBeat, LiveMetrics and LiveTrading
// replace an element whose CSS animation would say, 15 s later, that nothing
// came since. They replace by innerHTML because a morph keeps the element, and
// with it the running animation. LiveSnapshot draws everything again, for a page
// that cannot simply continue.
//
// # What it does not promise
//
// Components do not check what they are given: counts of rows, order and levels
// are the caller's. A level or state that is not known is shown as the mildest.
//
// # Starting and stopping
//
// Nothing to start. Components may be rendered from many goroutines at once.
//
// # What it does not know, on purpose
//
// Events, channels, requests, cookies and who is allowed what: a view model
// holds strings, numbers and times. It imports no room of the house but assets,
// and of that only the names.
//
// # Testing
//
// Every component is compared with a document in testdata, in both languages
// and with hostile text; `go test ./views -update` writes those documents.
// FuzzFragments holds the promise about text from outside.
package views
