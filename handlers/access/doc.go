// Package access knows who makes a request, and what that one may.
//
// # What it promises
//
// A [Directory] keeps people, API keys, sessions and share links as records of a
// kv.Store, so that they are the same on every node, and answers from a copy in
// memory that follows every change. [Directory.Identify] tells who makes a request
// by what it shows: an API key or a JWT of an [Issuer] as Authorization: Bearer, a
// ticket that works once, a session's cookie. The answer is a [Principal], whose
// [Grant] says which channels and users it may read and send to. Nothing is
// allowed that a grant does not say.
//
// A [Lease] ends a stream when what made its principal known is over, changed or
// revoked: at once on the node that made the change, and on the others when they
// hear of it.
//
// Secrets are not stored. Of a password there is its argon2id hash, of every other
// secret, which are 256 random bits, the SHA-256. Whoever logs in as a person who
// is not there waits as long, and is told the same, as with a wrong password.
//
// No two people have a user id in common, and an administrator stays, as long as two
// nodes do not change people in the same moment.
//
// # Bounds
//
// 10,000 people and as many keys, 1,000 links, 20 sessions of a person and 100,000
// of all; two passwords are hashed or compared at a time, and who waits longer than
// 2 s is told so. Tries to log in have rates by network, account and both
// (LoginLimits); of each kind the 10,000 buckets used last are kept.
//
// # When the store fails
//
// What was known last holds: who is let in stays in, and changes fail with
// kv.ErrUnavailable. Before anything is known nobody is let in.
//
// # Starting and stopping
//
// Run follows the store until its context ends and waits for what it started.
// Leases need Release; they hold no goroutine.
//
// # What it does not know, on purpose
//
// Routes, status codes, pages and events: package handlers asks it, in one place.
package access
