//go:build !unix

package control

// Listen begins to listen in a data folder; see listenLoopback.
func Listen(data string) (*Listener, error) { return listenLoopback(data) }

var dial dialer = dialLoopback
