// Package epoll is the sse.Transport for plain HTTP/1.1 on Linux. It takes connections
// away from net/http and writes thousands of them from each of a few goroutines. A
// quiet stream then costs a descriptor and less than a kilobyte. On other systems New
// is that of package conn.
//
// # What it promises
//
// A request's goroutine ends when its stream has begun. Delivery allocates nothing.
// Connections that read the same hub.Feed form a lane; the hub wakes the lane, not each
// connection. A round writes to each connection of a lane, in one call, all that is
// due: shared bytes straight from the logs. A shard that has worked for more than a
// quarter of a millisecond pauses as long as it worked, 5 ms at most, so that under
// load more events leave with each call.
//
// A connection that takes no more is parked until epoll reports that it does. One that
// takes nothing for sse.Options.WriteTimeout is reset, and one whose client sends
// anything after its request is closed.
//
// # Descriptors
//
// A descriptor has one owner at a time. The request's goroutine duplicates it, closes
// the net.Conn and with it the runtime's interest, and writes the head, the preamble
// and a replay. From admission on the shard's goroutine writes, watches and closes it.
// Closing takes it off epoll, unless a child process between fork and exec has it too;
// events carry a row of the shard's table and that row's generation, so that one that
// comes late is recognised.
//
// # Replays
//
// What a client has missed and memory does not keep is read from the journal and sent
// by the goroutine of its request (conn.Transport.Replay), which waits for both. The
// shard gets the connection afterwards.
//
// # Starting and stopping
//
// The first stream starts the shards: one per processor, 8 at most. Stop, which
// sse.Server.Drain calls, closes what is left and waits for them.
//
// # What it does not know, on purpose
//
// TLS, HTTP/2, conflation, and how events are encoded. Formats and Kinds are called
// from the shards' goroutines and must not wait.
//
// # Testing
//
// Over real sockets, with a kernel that takes little where partial writes matter. Time
// is the wall's, because epoll's is.
package epoll
