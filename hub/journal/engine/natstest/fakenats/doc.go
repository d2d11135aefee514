// Package fakenats is a NATS connection for tests that decide what JetStream replies. It
// imports nothing of this project, so that tests inside the engine can use it.
//
// Connection and server run until the test ends.
package fakenats
