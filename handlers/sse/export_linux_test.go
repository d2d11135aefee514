package sse

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Stint puts a kernel between a server and its sockets that takes at most
// allow() bytes of each write, and none when that is 0.
func (s *Server) Stint(allow func() int) {
	s.taken.kernel = kernel{
		send: func(fd int, b []byte) (int, syscall.Errno) {
			n := allow()
			if n == 0 {
				return 0, unix.EAGAIN
			}
			return sendBytes(fd, b[:min(n, len(b))])
		},
		sendv: func(fd int, pieces []unix.Iovec) (int, syscall.Errno) {
			n := allow()
			if n == 0 {
				return 0, unix.EAGAIN
			}
			var some []unix.Iovec
			for _, p := range pieces {
				p.Len = min(p.Len, uint64(n))
				if n -= int(p.Len); p.Len > 0 {
					some = append(some, p)
				}
			}
			return sendVector(fd, some)
		},
	}
}

// AfterSend calls then behind every write of one piece.
func (s *Server) AfterSend(then func()) {
	s.taken.kernel = kernel{
		send: func(fd int, b []byte) (int, syscall.Errno) {
			defer then()
			return sendBytes(fd, b)
		},
		sendv: sendVector,
	}
}

// AskAgain asks a shard for something when its timer, and not the last call,
// has woken it, so that the last call is still to be taken out.
func AskAgain() {
	s := &shard{wakes: make(chan struct{}, 1)}
	s.ask(func(*wants) {})
	s.take(wants{})
	s.ask(func(*wants) {})
}
