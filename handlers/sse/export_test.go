package sse

import "net/netip"

// NewSession admits a stream without a request.
func NewSession(s *Server, st *Stream) (*Session, error) { return s.admit(netip.Addr{}, st) }
