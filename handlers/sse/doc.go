// Package sse writes text/event-stream, as the HTML standard defines it
// (section 9.2, "Server-sent events").
//
// # What it promises
//
// Append is the only maker of frames: whatever data a Message carries, a client
// that follows the standard reads back exactly that data, with CR and CRLF as
// LF, and never an additional field. What cannot be carried is refused.
//
// Server.Serve answers one request with a stream of a hub.Cursor's frames until
// the client goes, a write fails or takes too long, or the server drains. It
// sends a comment after 15 s of silence, heartbeats in the rhythm the Stream
// asks for, and never anything inside a frame.
//
// # What it does not promise
//
// A frame that was written has not necessarily been read. Whoever must know
// asks the client for its Last-Event-ID when it comes back.
//
// # Readers who fall behind
//
// A write that a peer does not take within Options.WriteTimeout ends the
// stream. Until then the cursor stays where it is; nobody waits for it.
//
// # Starting and stopping
//
// A stream lives in its request's goroutine. Drain ends all of them and waits;
// streams that come later get ErrDraining.
//
// # What it does not know, on purpose
//
// Routes, gin, HTML, and what events mean.
//
// # Testing
//
// Over real HTTP. FuzzAppend holds the encoder against an independent parser.
package sse
