// Package limits refuses what is too frequent or too much.
//
// # What it promises
//
// [Buckets] are token buckets by name, such as an address: they limit how often something
// is done. [Quota] counts stored events by channel and by user: it limits how much is
// stored. A refusal stores nothing.
//
// # Bounds
//
// Buckets keep the names used last. A name that was dropped has a full bucket when it comes
// back. A Quota counts as many channels as it allows, and as many users.
//
// # What a Quota counts
//
// A channel counts for the sender that was the first to send to it, from that event until
// the journal has dropped the channel's last one. A channel that was in use before this
// process started, or was first sent to at another node, counts for no sender.
//
// Counting starts with the events that the hub reads back at its start, which may be fewer
// than are stored. Bytes are those of the events' data. When the journal drops old events, the
// count may fall by up to a sixteenth of the quota too early. It never exceeds what is stored
// and on its way to the journal.
//
// # Starting and stopping
//
// The package has no goroutines, and there is nothing to stop.
//
// # What it does not know, on purpose
//
// Requests, status codes and identities: names are opaque.
//
// # Testing
//
// Rates are tested with testing/synctest, quotas against the bounds of a journal that the
// test makes up.
package limits
