//go:build !linux

package epoll

import (
	"latido/handlers/sse"
	"latido/handlers/sse/conn"
)

// New is an sse.NewTransport. On Linux the transport accepts plain HTTP/1.1
// connections that ConnContext has seen; elsewhere it is that of package conn.
func New(s *sse.Server) sse.Transport { return conn.New(s) }
