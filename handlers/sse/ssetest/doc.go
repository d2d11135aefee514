// Package ssetest helps to test streams over real sockets: a hub and an sse.Server
// behind a listening socket, clients that read its bytes, and a check that nothing is
// left behind.
//
// # What it promises
//
// New serves until the test ends, and then fails the test if a stream, a cursor, a
// goroutine or a descriptor is left. BothWays runs a test with connections taken over
// and with a goroutine each.
//
// # What it does not know, on purpose
//
// Routes, gin, and what events mean.
package ssetest
