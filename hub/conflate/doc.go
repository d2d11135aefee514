// Package conflate reads a hub's cursor for a subscriber that wants fewer values
// than there are (max_rate of JSON streams).
//
// # What it promises
//
// Of the values that share a key the subscriber gets the newest, and not more often
// than the key's interval (Class.Every). Every other event is sent at once, in order
// and once. The newest value of a key is always sent in the end: a pending value is
// sent when its time has come, also when nothing else happens (PendingUntil).
//
// A subscriber that reconnects with the hub.ResumeToken of the last frame it has read
// gets the newest of the values that were pending, no value that is older than one it
// has, and no other event twice. The newest value of a key may come twice.
//
// # What it does not promise
//
// Values of different keys are not in order: a pending value is older than events that
// have been sent meanwhile.
//
// # Bounds
//
// A Conflater holds at most about 3 MiB whatever is published: the values of 1,024
// keys, 2 MiB of them. When there are more, and before a gap, every pending value is
// sent ahead of its time.
//
// # Readers who fall behind
//
// They get a gap, as any reader of a cursor does.
//
// # Starting and stopping
//
// A Conflater has no goroutine. Closing its cursor ends it.
//
// # What it does not know, on purpose
//
// What an event means: Options.Classify says which are values, and of what. The hub,
// its feeds and its formats do not know of conflation, so readers without it pay
// nothing for it.
//
// # Testing
//
// The caller passes the time. FuzzConflater compares what a client has read over
// several connections with what was published.
package conflate
