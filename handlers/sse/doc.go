// Package sse serves text/event-stream, as the HTML standard defines it (section
// 9.2, "Server-sent events"): the frames, the open streams of a process, and what
// each of them is sent.
//
// # What it promises
//
// Append carries any data that is UTF-8: a client that follows the standard reads
// back the same data, with CR and CRLF as LF, and no additional field. What cannot be
// carried is refused.
//
// Server.Serve responds to one request with a stream of a hub.Cursor's frames until the
// client goes, takes nothing for Options.WriteTimeout, or the server drains. A comment
// is sent before Options.Ping of silence is over. A stream whose Kind has heartbeats gets
// one after Kind.HeartbeatEvery without an event. The moments of both differ from stream
// to stream. Comments, heartbeats and the last retry field stand between two frames.
//
// # One writer
//
// A Session is the state of one stream. It decides what is written next: the rest of
// a frame, a gap, events, a heartbeat, a ping, or a retry field before the end. It also
// decides when that is asked again. It does no I/O. A Transport carries sessions: package conn
// with a goroutine each, package epoll with a few goroutines for all. NewServer takes
// the transports; what a client reads does not depend on the one that carries its
// stream.
//
// # Clients who fall behind
//
// Nobody waits for a slow client: its cursor stays where it is. One that falls off
// the end of a log gets what the Kind's Gap makes, and goes on with the oldest event in
// memory.
// Where the Kind has none, the stream ends with a reconnection delay and the client
// comes back with its last id. What the kernel keeps for a client is bounded by
// Control, which also lets the kernel give up one that has vanished.
//
// # Caps
//
// Options bounds open streams in all, per IP address and per user. A stream beyond
// that gets a LimitError, and from Later a response that browsers can bear: 200, a
// comment, a long reconnection delay, the end.
//
// # Starting and stopping
//
// Drain ends all streams in random order, evenly over the time it is given, each with
// a reconnection delay. It waits for them and for the transports. Streams that come later get ErrDraining. http.Server.Shutdown
// does not know of connections that were taken over.
//
// # What it does not promise
//
// A frame that was written has not necessarily been read: a client's Last-Event-ID,
// when it comes back, says what has been.
//
// # What it does not know, on purpose
//
// Routes, gin, HTML, and what events mean.
//
// # Testing
//
// Sessions need no clock and no connection. Servers are tested over real HTTP with
// each transport (package ssetest), and in synctest bubbles with package conn.
// FuzzAppend holds the encoder against an independent parser.
package sse
