// Package conn is the sse.Transport that spends a goroutine on each stream: for
// HTTP/2, TLS, systems other than Linux, and conflated streams. It accepts every
// stream.
//
// # What it promises
//
// Serve returns when the stream has ended. What a session wants written is flushed at
// once. A client is let go when it takes nothing for sse.Options.WriteTimeout; one
// that takes little at a time is not.
//
// Replay sends what memory does not keep to a connection that has been taken away from
// net/http, for transports whose own goroutines must not wait for the journal. If the
// journal fails meanwhile, the stream ends with a reconnection delay and the client
// goes on from its last id.
//
// # What it does not promise
//
// Stop does not interrupt a write that waits for its client. The goroutines are those
// of the requests, and closing their http.Server does.
//
// # Testing
//
// In synctest bubbles over in-memory connections, and over real ones in package sse.
package conn
