//go:build !linux

package sse

import "syscall"

// Control is for net.ListenConfig.Control; it does nothing here.
func (s *Server) Control(_, _ string, _ syscall.RawConn) error { return nil }
