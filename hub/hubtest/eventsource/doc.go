// Package eventsource is the client of event streams for all tests: a parser by the
// rules of the HTML standard, section 9.2, and what a browser's EventSource
// remembers between two connections.
//
// # What it promises
//
// A [Parser] reads blocks from a stream as the standard interprets them: line ends
// are CR, LF or CRLF, a byte order mark at the beginning is skipped, bytes that are
// not UTF-8 become U+FFFD, an id with a NUL and a retry with anything but digits
// change nothing, and a block that the stream breaks off is discarded. Where the
// standard says to ignore a line, the parser does, but reports it in
// [Block.Ignored], so that a test can insist on there being none.
//
// A [Client] connects with a function of the caller and remembers the last event ID
// and the delay before the next connection, as EventSource does. Any end of a
// connection makes it connect again, except an error that wraps [ErrRefused].
//
// # What it does not
//
// It does not speak HTTP: the caller's function does, and decides what is refused.
// It does not measure time.
//
// # Readers who fall behind
//
// A parser holds one block. A block of more than [MaxBlock] bytes is an error.
//
// # Starting and stopping
//
// [Client.Run] and [Client.Connect] return when their context ends; they start no
// goroutine that outlives them.
//
// # What it does not know, on purpose
//
// Latido: neither its ids nor its events. It imports only the standard library.
//
// # Testing
//
// A fuzz test compares the parser with github.com/tmaxmax/go-sse.
package eventsource
