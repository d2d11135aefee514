// Package card defines what a card of a board shows: a fold over the events of
// its topics, and a plain struct that views draw.
//
// # What it promises
//
// A card's state is a deterministic fold: the same events in the same order,
// and the same readings, make the same view. A state reads events through
// package event, so a field that does not fit costs that field alone. It does no
// I/O, starts no goroutine and reads no clock. What it keeps is bounded, and each
// type says by what.
//
// A view is a snapshot: it shares no memory with the state that would change
// later, so any number of goroutines may draw it.
//
// # A new type
//
// Nothing lists the types but All here and the components of views, which a test
// compares. To add a card with the newest value of a channel, in this order:
//
//  1. streams/event: the payload, one struct with a Draft method, and its name in
//     payloadOf. Not needed for an event that is declared there: a value that clients
//     measure is a MetricUpdate.
//  2. streams/card/newest.go: NewestView, what the card shows; newest, its State, which
//     embeds fed and has Apply, View and Full of its own; and the Type value Newest.
//     metrics.go is the shortest model; a card without events is one call of reads, as
//     in machine.go. Add Newest to All, in card.go.
//  3. views/newest.templ: newestParts, what events change, each part under the id of the
//     element that holds it; and newestCard, what stands around the parts. A part named
//     age-newest stands at the end of the card's title. Register both in views/cards.go
//     and run make generate.
//  4. views/locales/es.toml and en.toml, and views/locale_texts.go: its words. A type with
//     topics needs its name in state.source, a shareable one in access.card.
//  5. To show it on a page: streams/board/pages.go, and its place in the grid of
//     assets/css/40-cards.css.
//  6. views/sample_test.go: a view in sampleViews and emptyViews; then go test ./views
//     -update writes the documents that it is compared with.
//
// # What it does not promise
//
// A state is not safe for concurrent use: the board that owns it applies one
// event at a time.
//
// # What it does not know, on purpose
//
// Boards, when a card is drawn, HTML, languages, and how events travel.
//
// # Testing
//
// States are plain values: tests apply events and compare views.
package card
