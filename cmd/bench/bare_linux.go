package main

import (
	"bytes"
	"errors"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	bareHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n\r\n"
	bareOK   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	// bodyWait bounds the wait for the rest of a body, in milliseconds.
	bodyWait = 1000
)

func (b *bare) accept() {
	for {
		fd, _, err := unix.Accept4(b.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return // no connection waits, or there are no descriptors left, which the load notices
		}
		b.own(fd)
		if errors.Join(unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1), b.add(fd)) != nil {
			b.drop(fd)
		}
	}
}

// drop closes a connection and removes it from its channel.
func (b *bare) drop(fd int) {
	if c := b.conns[fd]; c.channel != nil {
		last := len(c.channel.fds) - 1
		moved := c.channel.fds[last]
		c.channel.fds[c.at] = moved
		b.conns[moved].at = c.at
		c.channel.fds = c.channel.fds[:last]
	}
	b.conns[fd] = bareConn{at: free}
	_ = unix.Close(fd)
}

func (b *bare) read(fd int) {
	n, err := unix.Read(fd, b.in)
	if err == unix.EAGAIN {
		return
	}
	if n <= 0 {
		b.drop(fd)
		return
	}
	method, rest, _ := bytes.Cut(b.in[:n], []byte(" "))
	path, _, _ := bytes.Cut(rest, []byte(" "))
	channel := b.channels[string(path)]
	if channel == nil {
		channel = &bareChannel{}
		b.channels[string(path)] = channel
	}
	if string(method) == "GET" {
		if send(fd, []byte(bareHead)) != 0 || b.conns[fd].channel != nil {
			b.drop(fd)
			return
		}
		b.conns[fd] = bareConn{channel, len(channel.fds)}
		channel.fds = append(channel.fds, fd)
		return
	}
	body, ok := b.body(fd, n)
	if !ok || send(fd, []byte(bareOK)) != 0 {
		b.drop(fd)
		return
	}
	b.frame = append(append(append(b.frame[:0], "id: 1\ndata: "...), body...), "\n\n"...)
	for _, to := range channel.fds {
		// What a full socket does not take is lost: the baseline does not wait.
		send(to, b.frame)
	}
}

// body returns the body of a request of which n bytes have been read.
func (b *bare) body(fd, n int) ([]byte, bool) {
	head, _, whole := bytes.Cut(b.in[:n], []byte("\r\n\r\n"))
	_, after, found := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !whole || !found {
		return nil, false
	}
	digits, _, _ := bytes.Cut(after, []byte("\r\n"))
	length, err := strconv.Atoi(string(digits))
	if err != nil || length < 0 {
		return nil, false
	}
	from := len(head) + len("\r\n\r\n")
	for len(b.in) < from+length {
		b.in = append(b.in, make([]byte, len(b.in))...)
	}
	for n < from+length {
		m, err := unix.Read(fd, b.in[n:])
		switch {
		case m > 0:
			n += m
		case err == unix.EAGAIN:
			if ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, bodyWait); ready == 0 || err != nil && err != unix.EINTR {
				return nil, false
			}
		default:
			return nil, false
		}
	}
	return b.in[from : from+length], true
}

// send is one write(2) without telling Go's scheduler, which would cost more
// than the loop around it. The socket does not block.
func send(fd int, p []byte) syscall.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return errno
}

// wait is epoll_wait(2), likewise. If the scheduler knew that the thread
// blocks, it would take its P away and check it every 20 µs, on the core where the
// loop runs: a tenth of the CPU and more. The runtime can still interrupt the
// thread, because its signals end the wait.
func wait(epoll int, events []unix.EpollEvent) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), ^uintptr(0), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
