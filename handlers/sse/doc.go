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
// the client goes, takes nothing for too long, or the server drains. A comment
// is sent before 15 s of silence are over, at a moment that differs from stream to
// stream; heartbeats come in the rhythm that the stream's Kind asks for. Nothing is ever
// put inside a frame.
//
// # Two ways
//
// On Linux a plain HTTP/1.1 connection is taken over: its descriptor goes to a
// shard, one goroutine that writes thousands of connections, and the request's
// own goroutine ends. A quiet stream then costs a descriptor and less
// than a kilobyte. HTTP/2, TLS, other systems, and connections that the listener has
// wrapped go the ordinary way: a goroutine for each, with a write deadline. What
// a client reads is the same.
//
// A limited stream (Stream.Limited) always goes the ordinary way. It has events and
// times of its own, so there is nothing to share in a lane, and shards need not know
// of it. Its ids are places: each frame, gaps and heartbeats too, says what is still
// owed at that point, because the connection may break behind any of them.
//
// # How a shard writes
//
// Connections that read the same hub.Feed form a lane; the hub wakes the lane,
// not each connection. A round writes to each connection of a lane, in one call,
// all that is due: shared bytes straight from the logs. A shard that has worked
// for more than a quarter of a millisecond pauses as long as it worked, 5 ms at
// most, so that under load more events leave with each call.
//
// A connection that takes no more is parked until epoll says that it does; a
// frame that was taken in part is kept by reference and goes on at its byte,
// before anything else.
//
// # Descriptors
//
// A taken-over descriptor is a duplicate that no net.Conn knows; the original
// is closed, and with it off the runtime's poller. From then on one goroutine
// alone, its shard, writes, watches and closes it. Close happens in one place
// and once, and takes it off epoll; so no write can meet a number that the kernel has given to
// another connection. Events of epoll carry a row of the shard's table and that
// row's use count, not the descriptor: one that comes late is recognised.
//
// # Readers who fall behind
//
// Nobody waits for a slow reader: its cursor stays where it is. Whoever falls off
// the end of a log is told by the Kind's Gap and goes on with the oldest event
// kept; where the Kind has none, the stream ends with a reconnection delay and
// the client comes back with its last id. A peer that takes nothing for
// Options.WriteTimeout is let go; one that has vanished is found by the next
// ping and given up by the kernel after the same time. What the kernel keeps
// for a peer is bounded by Control. On a connection that was taken over, a
// client that sends anything after its request is let go.
//
// # Replays
//
// What a client has missed and memory does not keep is read from the journal and
// sent by the goroutine of its request, which waits for both; only then is the
// connection handed to a shard. If the journal fails meanwhile the stream ends
// with a reconnection delay, and the client goes on from its last id.
//
// # Limits
//
// Options bounds open streams in all, per IP address and per user. Who comes
// too late gets a LimitError, and by Later an answer that browsers can bear: 200,
// a comment, a long reconnection delay, the end.
//
// # Starting and stopping
//
// Drain ends all streams in random order, evenly over the time it is given,
// each with a reconnection delay, and waits for them and for the shards; streams
// that come later get ErrDraining. http.Server.Shutdown knows nothing of
// connections that were taken over.
//
// # What it does not promise
//
// A frame that was written has not necessarily been read. Whoever must know
// asks the client for its Last-Event-ID when it comes back.
//
// # What it does not know, on purpose
//
// Routes, gin, HTML, and what events mean.
//
// # Testing
//
// Over real HTTP, both ways. FuzzAppend holds the encoder against an independent
// parser. Time is the wall's for shards, because epoll is; the ordinary way is
// tested in synctest bubbles.
package sse
