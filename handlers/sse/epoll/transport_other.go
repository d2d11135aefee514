//go:build !linux

package epoll

import (
	"errors"
	"net/http"
	"time"

	"latido/handlers/sse"
)

// transport accepts nothing here.
type transport struct{}

// New is an sse.NewTransport. On Linux the transport accepts plain HTTP/1.1
// connections that ConnContext has seen; elsewhere none.
func New(*sse.Server) sse.Transport { return transport{} }

func (transport) Accepts(*http.Request, *sse.Stream) bool { return false }

func (transport) Serve(http.ResponseWriter, *http.Request, *sse.Stream, *sse.Session) error {
	return errors.ErrUnsupported
}

func (transport) EndAll() {}

func (transport) Drain(time.Duration) {}

func (transport) Stop() {}
