// Package control is the way from a command to the server that runs on a data folder: a
// Unix socket in the folder, or, on a system without them, an address of the loopback
// network whose token is in a file there.
//
// # What it promises
//
// The account of the server reaches it, and other accounts do not. A socket or a file
// that was left by a server that was killed is replaced by Listen, and leads Do nowhere.
// When a server stops, requests in progress get two seconds to end; then they are cut
// off, and Do says so.
//
// # What it does not know
//
// What requests mean, and who sends them: the handler of Serve decides. Listen must be
// called by the process that holds the lock of the folder, and Do is for a folder that
// is locked.
//
// # Testing
//
// The tests here cover the loopback address and the end of a server. The socket is
// tested with the real program, in the e2e_ files of cmd/latido.
package control
