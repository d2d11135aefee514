// Package kv stores records: small values under names, the same for every process that
// shares them. [Store] is the interface, [Bucket] stores them in a JetStream bucket.
//
// # What it promises
//
//   - A record that was stored or deleted is as durable as an acknowledged event; no reader is
//     shown one before. A bucket with an Age is in memory and goes with the servers.
//   - Of several writers that replace the same value one succeeds; the others get
//     ErrConflict.
//   - Get, and what decides whether a value is replaced, ask the leader of the bucket, not a
//     server that may be behind.
//   - A Watch ends at the first doubt, and with the Run it began on. It is ready when the
//     newest revision of the bucket's leader has been delivered.
//   - A deletion is remembered for BucketConfig.MarkerAge, so that every watch is
//     delivered it, and then leaves nothing.
//   - Records that are there and cannot be read are an error, never none: Start fails.
//
// # What it does not
//
// It has no history of a value. It does not retry a write: the caller must read the record
// again, then decide again. It does not bound what one caller stores below the size of the
// whole bucket.
//
// # Readers who fall behind
//
// A Watch that is slow is delivered the newest values; what was replaced meanwhile may be
// left out.
//
// # Starting and stopping
//
// NewBucket starts nothing. Start opens the bucket on a [Run] of NATS, Stop leaves it; a
// Bucket that has no Run fails every call with ErrUnavailable. Every call but Watch returns
// within the time that the Run allows.
//
// # What it does not know, on purpose
//
// What a value means, how NATS is run, and what else it stores: a Run is an interface.
//
// # Testing
//
// Package hubtest has a Store in memory that fails on command, and the conformance suite
// that runs on it, on a folder and on three servers.
package kv
