package epoll

import (
	"syscall"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
)

// Stint makes transports between whose server and sockets is a kernel that takes at
// most allow() bytes of each write, and none when that is 0.
func Stint(allow func() int) sse.NewTransport {
	return withKernel(kernel{
		send: func(fd int, b []byte) (int, syscall.Errno) {
			n := allow()
			if n == 0 {
				return 0, unix.EAGAIN
			}
			return sendBytes(fd, b[:min(n, len(b))])
		},
		sendv: func(fd int, v []unix.Iovec) (int, syscall.Errno) {
			n := allow()
			if n == 0 {
				return 0, unix.EAGAIN
			}
			var some []unix.Iovec
			for _, one := range v {
				taken := min(int(one.Len), n)
				one.SetLen(taken)
				if n -= taken; taken > 0 {
					some = append(some, one)
				}
			}
			return sendVector(fd, some)
		},
	})
}

// AfterSend makes transports that call then behind every write of one part.
func AfterSend(then func()) sse.NewTransport {
	return withKernel(kernel{
		send: func(fd int, b []byte) (int, syscall.Errno) {
			defer then()
			return sendBytes(fd, b)
		},
		sendv: sendVector,
	})
}

func withKernel(k kernel) sse.NewTransport {
	return func(s *sse.Server) sse.Transport {
		t := New(s).(*transport)
		t.kernel = k
		return t
	}
}

// AskAgain asks a shard for something when its timer, and not the last call,
// has woken it, so that the last call is still to be taken out.
func AskAgain() {
	s := &shard{wakes: make(chan struct{}, 1)}
	s.ask(func(*mailbox) {})
	s.take(mailbox{})
	s.ask(func(*mailbox) {})
}
