// Package board runs boards: it folds events into the states of their cards,
// draws what has changed for their viewers, and hands it to a log of
// fragments.
//
// # What it promises
//
// A Runner draws a change at once after a quiet time, and then at most once in
// Options.Every, all changed cards in one tick. A card is drawn once per variant
// that somebody watches, however many they are.
//
// Compose returns what cards show as it was drawn, and the position in the fragments
// at which they show exactly that. Pages that are composed between two changes of a
// card share one drawing of it. A subscriber to the fragments at that position
// sees every later change once, in order. A position that is too old, or of
// another run of the process, begins with a gap: the subscriber composes again.
//
// A new card is filled from what is stored: from memory, and from the journal
// where memory keeps less than the card shows. A view says when there are older
// events that were not read.
//
// # What it does not promise
//
// A change that was drawn has not necessarily been read. Between two drawings
// only the latest state counts: what came and went in between is drawn as the
// card's type says.
//
// # Starting and stopping
//
// Run owns every goroutine of the package until its context ends. Compose waits
// for it.
//
// # What bounds it
//
// Cards that nobody watches stop running after Options.Linger. At most
// Options.MaxCards are run at a time, where a personal card counts once per user;
// beyond them Compose returns ErrBusy. Drawings are kept for the next page up to
// Options.MaxBytes in all. Fragments have the bounds of their log.
//
// # What it does not know, on purpose
//
// HTML, languages, HTTP and sockets: a Painter draws. Nothing is drawn under a
// lock of the hub, nor by those who write to connections.
//
// # Testing
//
// On a hub over the journal in memory, with a painter that writes rows as text; a
// model of a page is compared with a fold of the same events.
package board
