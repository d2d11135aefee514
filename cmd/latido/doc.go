// Command latido is the program: one process that takes events over HTTP, keeps
// them, and hands them to browsers and EventSource clients as they happen.
//
// main.go turns arguments, environment and signals into a call; config.go says
// what can be set; run.go shows on one page what is started, in which order, and
// how it stops. control.go is the socket over which the program's other commands
// ask a running server. node.go and jobs.go fit rooms together that do not know each
// other.
//
// The tests here start the whole program on a port of its own and use it as
// people do: over HTTP and in a real browser.
package main
