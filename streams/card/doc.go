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
// A type is one Go file here: its view, its state, and a Type value in All. In
// views it is one component, registered under the same name; a test compares the
// two registries. Nothing else lists the types.
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
