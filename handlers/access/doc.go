// Package access identifies the principal of a request and decides what it may do.
//
// # What it promises
//
// A [Directory] stores people, API keys, sessions and share links as records of a
// kv.Store, which all nodes share. It reads them from a copy in memory that follows
// every change. [Directory.Identify] returns the principal of a request. A request is
// identified by an API key or a JWT of an [Issuer] in Authorization: Bearer, by a ticket
// that works once, or by a session cookie. Requests that came through a listener of
// [WithConsole] are the server's own commands, and may manage everything.
//
// The [Grant] of a [Principal] lists the channels and users that it may read and send to.
// What a grant does not list is not allowed.
//
// A [Lease] ends a stream when the records behind its principal expire, change or are
// removed. The node that made the change does so at once, the others when they learn of it.
//
// Secrets are not stored. A password is stored as its argon2id hash. Every other secret
// has 256 random bits and is stored as its SHA-256. A login for an unknown name takes as
// long as one with a wrong password, and returns the same error.
//
// On one node, two people never share a user id, and the last administrator can be removed
// only together with the last person. Two nodes that change people in the same moment can
// break both rules.
//
// # Bounds
//
// There are at most 10,000 people, 10,000 keys and 1,000 links, 20 sessions per person and
// 100,000 sessions in total. Two passwords are hashed or compared at a time; a caller that
// waits longer than 2 s gets ErrBusy. Login attempts have a rate per network, per account
// and per pair of both ([LoginLimits]). Of each kind, the 10,000 buckets used last are kept.
//
// # When the store fails
//
// The copy in memory stays in use: sessions and keys keep working, and changes fail with
// kv.ErrUnavailable. Before the copy has been read for the first time, nobody is known.
//
// # Starting and stopping
//
// Run follows the store until its context ends, and waits for the goroutines it started.
// A Lease must be released; it has no goroutine.
//
// # What it does not know, on purpose
//
// Routes, status codes, pages and events. The authorization rules of the routes are in
// package handlers.
//
// # Testing
//
// Tests run on records in memory (package hubtest), with testing/synctest for time. Fuzz
// targets cover what a request can present, and the claims of signed tokens.
package access
