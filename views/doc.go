// Package views renders Latido's HTML: whole pages, the cards they consist of, and
// the fragments that keep a page current while it is open.
//
// # What it promises
//
// What a card shows is drawn once, and inserted as that HTML into pages and live
// fragments, so a page that was updated all day looks like one just loaded.
//
// Pages are written in Spanish or English, by the Lang they are given, with that
// language's numbers.
// Times of people, keys and links are shown in the zone of Page.At, others in the zone
// they carry: pass times in the server's zone.
//
// Text from outside does not become markup: not a tag, not an attribute, not a
// URL other than http, https or a path on this server. Control characters are
// shown as U+FFFD. The output has LF line ends, and no inline script or style, so
// it works under a content security policy of 'self'.
//
// A live fragment is one or more <hx-partial> elements. htmx ignores those whose
// target is not on the page, so one fragment serves every page. Ids consist of
// [a-z0-9-]. Fragments that add rows first remove rows with the same ids and cut the
// list at its length: showing an event twice shows it once.
//
// Each type of card has a component, registered in cards.go under the name of its
// card.Type; a test compares the two registries.
//
// # Texts and help
//
// The texts of the interface are in locales/es.toml and locales/en.toml, which
// fill the struct Texts at start. A key that is missing, unknown or empty in one
// file, and placeholders that differ, make the program panic at start; the tests
// load the same files. Latido's reference is in help/es.md and help/en.md and is
// drawn by HelpPage.
//
// # Readers who fall behind
//
// The style sheet draws staleness: Heartbeat and the fragments of cards replace an
// element whose CSS animation would say, 15 s later, that nothing came since.
// They replace by innerHTML because a morph keeps the element, and with it the
// running animation.
//
// # What it does not promise
//
// Components do not check what they are given: counts of rows, order and levels
// are up to the caller. An unknown level or state is shown as the mildest.
//
// # Starting and stopping
//
// There is nothing to start. Components may be rendered from many goroutines at
// once.
//
// # What it does not know, on purpose
//
// Requests, cookies and stores: it takes the plain states of streams/card and of package
// access.
//
// # Testing
//
// Every component is compared with a document in testdata, in both languages
// and with hostile text; `go test ./views -update` writes those documents.
// FuzzFragments tests the promise about text from outside.
package views
