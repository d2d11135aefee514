// Package natstest runs nats-servers for tests of what connects to a cluster: in this
// process, on free ports of the loopback interface, with their data in a folder of the
// test. Servers that have just started need a moment until they have a leader, which a node
// must cope with.
//
// Each server runs until it is stopped, or the test ends.
package natstest
