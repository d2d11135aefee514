//go:build !linux

package sse

import (
	"net"
	"net/http"
	"syscall"
	"time"
)

const canTakeOver = false

// takeover is nothing here: connections are taken over on Linux only.
type takeover struct{}

func (takeover) drain(time.Duration) {}

func (takeover) stop() {}

func (takeover) endAll() {}

func (s *Server) takeOver(w http.ResponseWriter, r *http.Request, st Stream, t ticket, _ *net.TCPConn) error {
	return s.ordinary(w, r, st, t)
}

// Control is for net.ListenConfig.Control; it does nothing here.
func (s *Server) Control(_, _ string, _ syscall.RawConn) error { return nil }
