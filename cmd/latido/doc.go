// Command latido is the program: one process that takes events over HTTP, stores
// them, and sends them to browsers and EventSource clients as they happen.
//
// main.go turns arguments, environment and signals into a call. settings.go has
// every flag and its default, settings_check.go what is accepted. run.go is the
// server from start to end, parts.go what it consists of, store.go which journal and
// records it opens, lifetimes.go how its parts are started and stopped. cluster.go is
// for one node of several, and adapters.go joins packages that do not know each other.
//
// user.go, key.go and link.go are the commands that manage access. manage.go finds
// what they change: the server that runs on the folder (remote.go, through package
// control), the folder, or the cluster. backup.go and restore.go are the others.
//
// # What it promises
//
// On SIGINT and SIGTERM streams and requests get the time of --drain to end, then
// everything stops, in the reverse order of its start. A second signal ends the
// process at once. The exit status is 0 for success, 1 for failure and 2 for wrong
// usage or settings. All wrong settings are reported at once.
//
// # Testing
//
// The tests in the e2e_ files start the real program on a port of its own and use
// it as people do: over HTTP and in a real browser. walls_test.go holds the
// packages to what they may import.
package main
