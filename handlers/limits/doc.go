// Package limits says no before too much is done.
//
// # What it promises
//
// [Buckets] are token buckets by a name, such as an address: how often something
// may be done. [Quota] counts what is stored by channel and by user: how much may
// be kept. What is refused costs nothing but the answer.
//
// # Bounds
//
// Of buckets those used last are kept, so that many names cost no more than that:
// one that comes back after it went has a full bucket. A Quota knows as many
// channels as it allows, and as many users.
//
// # What a Quota counts
//
// A channel counts from the first event that is sent to it until the journal has
// dropped its last, for who sent to it first: a channel that was in use when this
// process began, or that was first sent to at another node, counts for nobody.
// Counting begins with the events that the hub reads back when it starts, which may
// be fewer than are stored. Bytes are those of the events' data, and of what the
// journal has dropped already at most a sixteenth of the limit is forgotten too
// early; never does more count than is stored and on its way.
//
// # Starting and stopping
//
// There is no goroutine, and nothing to stop.
//
// # What it does not know, on purpose
//
// Requests, status codes and who somebody is: names are opaque.
package limits
