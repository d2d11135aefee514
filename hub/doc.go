// Package hub takes events in, lets a journal order and store them, and delivers them
// to subscribers.
//
// # What it promises
//
// Publish returns once the journal has acknowledged the event; its ID is the event's
// position in the one order of all events. Every subscriber gets the events of its
// topics in that order, each once. Subscribing and replaying are one step, so no event
// falls between what was replayed and what is live. A subscriber that misses events
// gets a Gap with the positions before and after them.
//
// Sync waits until subscribers can read what was published before.
//
// An event is encoded at the first subscriber that needs it, and its bytes are shared
// by all subscribers of the Format. It is encoded again when the bytes have left the
// cache of frames.
//
// # What it does not promise
//
// Publish does not wait for subscribers, and a receipt does not say that a subscriber
// has read the event. How durable an acknowledged event is, is the journal's promise.
//
// # Bounds
//
// Retention bounds memory: events by number and bytes per topic and by bytes over all
// topics, encoded frames by bytes in a cache of their own (FrameBytes). Fragments have
// a Retention and a cache of their own. Event.Size estimates what an event costs with
// its decoded form. A subscriber that reads from the journal holds at most 128 events
// of each of its topics, and 8 subscribers read at a time. The number of subscribers
// and of their topics is not bounded here; the callers of Subscribe bound them.
//
// # Resuming
//
// A subscriber that resumes from before what memory keeps reads the journal first
// (Cursor.Backlog, ReadBack), in its own goroutine and a few subscribers at a time, so
// that neither publishing nor live delivery waits for it. Then it goes on in the logs.
// It gets a Gap where the journal has dropped events of its topics (ReasonTooOld), and
// when it has missed more than Options.MaxReplay (ReasonTooMuch). A ResumeToken also
// says how far back a conflated stream (package conflate) still has values to send.
//
// # Readers who fall behind
//
// A subscriber is a Cursor: a position in logs that all share. It has no queue, no
// publisher waits for it, and it costs nothing while it sleeps. A cursor that has
// fallen off the end of a log gets one Gap (ReasonSlow) and goes on with the oldest
// event kept, or at the head if it asked for SkipToHead.
//
// # Beside subscribing
//
// Observe calls a function for every event once, whatever its topic, for counters.
// Hub.Newest reads the newest events of a topic, from the journal where memory keeps
// fewer. Fragments are ordered like events but are not stored: rendered HTML, for
// example. Timings are histograms of the durations on the way of an event.
//
// # Starting and stopping
//
// New makes a hub. Run reads the journal until its context ends, and owns the
// goroutines of the package. Ready is closed when the journal has been read up to its
// end as of the start. Until then Subscribe returns ErrNotReady, while Publish already
// works. When the journal fails, Run tries again. When it returns as another journal
// (with another epoch, or without its end), the logs are emptied and every subscriber
// gets a Gap (ReasonReset).
//
// # What it does not know, on purpose
//
// Sockets, HTTP, HTML, how a journal stores, what an event means, and conflation.
//
// # Testing
//
// hubtest has a journal in memory that fails on command, and the conformance suite
// for journals. Time is used for pauses and durations, so synctest applies.
package hub
