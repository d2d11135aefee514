package sse

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxUnsent bounds what the kernel keeps for a client that does not read, in
// bytes beyond what is on the wire. It calls a connection writable when half of
// it has gone out, so a client that reads 1 KB/s is heard of every 8 s, well
// within Options.WriteTimeout.
const maxUnsent = 16 << 10

// Control is for net.ListenConfig.Control. It sets what the sockets of streams
// need on the listening one, from which they inherit it at no cost of their own:
// a peer that acknowledges nothing for Options.WriteTimeout is given up by the
// kernel (RFC 5482), and little is kept for one that does not read.
func (s *Server) Control(_, _ string, c syscall.RawConn) error {
	var timeout, lowat error
	reach := c.Control(func(fd uintptr) {
		timeout = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(s.opt.WriteTimeout.Milliseconds()))
		lowat = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
	})
	if err := errors.Join(reach, timeout, lowat); err != nil {
		return fmt.Errorf("tune a listening socket for streams: %w", err)
	}
	return nil
}
