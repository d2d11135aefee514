// Package api is the JSON endpoints and streams, compatible with the original.
//
// # What it promises
//
// Input is checked before anything is published, and what is wrong with it is said
// completely. A 200 for an event that was sent means that the journal has stored it,
// and carries its id.
//
// A stream begins where the client left off, by Last-Event-ID or the query, and sends
// a gap where events are missing. Where the server cannot begin it, the client gets
// 200 and a retry field, because an EventSource gives up after any
// other status.
//
// # What it does not promise
//
// With max_rate a stream leaves out values that newer ones supersede; valueKey
// says which events are values of the same thing.
//
// # Clients that fall behind
//
// They get a gap and go on, or their streams end: package sse says when. A page of history
// has at most 1,000 events and, once it has 8 MiB of data, no more.
//
// # Starting and stopping
//
// Register starts no goroutine. Streams end when the sse.Server drains, or when the
// lease of their caller ends.
//
// # What it does not know, on purpose
//
// Pages: clients that prefer text/html get what web.Kernel.Done makes of the result.
//
// # Testing
//
// Over real HTTP, in package handlers.
package api
