// Package hub is what Latido does: it takes events in, lets a journal order and
// keep them, and hands them to subscribers.
//
// # What it promises
//
// Publish returns once the journal has acknowledged the event; its ID is the
// event's place in the one order of all events. Every subscriber sees the
// events of its topics in that order, each once. Subscribing and replaying are
// one step: nothing falls between what was replayed and what is live. Whoever
// misses events is told so by a Gap that says from where to where; nobody
// misses anything in silence.
//
// Sync waits until who looks sees what was published before.
//
// An event is encoded once per Format, at the first subscriber that needs it,
// and its bytes are shared.
//
// # What it does not promise
//
// Publish does not wait for subscribers, and a receipt does not say that
// anybody has read the event. How durable an acknowledged event is, is the
// journal's promise.
//
// # Resuming
//
// Memory is bounded (Retention). A subscriber that comes back for more than it keeps
// reads the journal first (Cursor.Backlog, ReadBack), in its own goroutine and a
// few at a time, so that neither publishing nor live delivery waits for it; then
// it goes on in the logs. It gets a Gap where the journal has dropped events of its
// topics (ReasonTooOld) and when it has missed more than Options.MaxReplay.
//
// # Readers who fall behind
//
// A subscriber is a Cursor: a position in logs that all share. It has no queue.
// Nobody waits for it, and it costs nothing while it sleeps. A cursor that has
// fallen off the end of a log gets one Gap (ReasonSlow) and goes on with the
// oldest event kept, or at the head if it asked for SkipToHead.
//
// # Readers who want less
//
// A Limited reads a cursor and thins what it reads: of values of the same thing
// (Limit.Key) only the newest, and not more often than asked for. All other events
// pass at once, in order and each once. Its memory is bounded whatever is published,
// by sending early what would not fit. It stands at a Place, which says beside the
// position how far back values are still owed: who comes back with it gets the
// newest of them, none that is older than one it has, and no other event twice.
// Hub, feeds and formats know nothing of limits, so readers without one pay nothing.
//
// # Counting what is stored
//
// Observe hears of every event once, whatever its topic, for who counts.
//
// # Starting and stopping
//
// New makes a hub, Run reads the journal until its context ends and owns every
// goroutine of the package. Ready is closed when the journal has been read as
// it stood at the start; until then Subscribe answers ErrNotReady, while Publish
// already works. When the journal fails, Run asks it again; when it comes back
// as another one (another epoch, or without its end), the logs are emptied and
// every subscriber gets a Gap (ReasonReset).
//
// # What it does not know, on purpose
//
// Sockets, HTTP, HTML, and how a journal stores: those are the rooms around it.
//
// # Testing
//
// hubtest has a journal in memory that fails on command, and the conformance
// suite for journals. Time is only used for pauses, so synctest applies.
package hub
