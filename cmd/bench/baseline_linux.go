package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// bare is the baseline: one thread that waits for sockets and does one write per
// subscriber and event. No server can do with less. It
// understands what this package sends and nothing else: a GET of a path
// subscribes to it, a POST goes to every subscriber of its path.
type bare struct {
	epoll, listener int
	conns           []bareConn // by descriptor
	channels        map[string]*bareChannel
	in, frame       []byte
}

type bareConn struct {
	channel *bareChannel // nil for publishers
	at      int          // index in the channel
}

type bareChannel struct{ fds []int }

// serveBaseline listens on a free port of 127.0.0.1, writes its address as one
// line http://HOST:PORT to stdout, and serves until stdin closes or ctx ends;
// then it returns nil. stdin must be a pipe or a terminal.
func serveBaseline(ctx context.Context, stdin *os.File, stdout io.Writer) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b := &bare{channels: map[string]*bareChannel{}, in: make([]byte, 64<<10)}
	if b.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("prepare the baseline: %w", err)
	}
	defer func() { err = errors.Join(err, b.close()) }()
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("prepare the baseline: %w", err)
	}
	defer unix.Close(wake)
	woken := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		defer close(woken)
		_, _ = unix.Write(wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // can not fail: it is empty
	})
	defer func() {
		if !forget() {
			<-woken
		}
	}()
	port, err := b.listen()
	if err != nil {
		return err
	}
	ends := []int{int(stdin.Fd()), wake}
	for _, fd := range append(ends, b.listener) {
		if err := b.add(fd); err != nil {
			return fmt.Errorf("wait for stdin, which must be a pipe: %w", err)
		}
	}
	if _, err := fmt.Fprintf(stdout, "http://127.0.0.1:%d\n", port); err != nil {
		return fmt.Errorf("say the address: %w", err)
	}
	return b.serve(ends[0], ends[1])
}

func (b *bare) listen() (port int, err error) {
	if b.listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, fmt.Errorf("open the baseline's socket: %w", err)
	}
	b.own(b.listener)
	err = unix.Bind(b.listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = unix.Listen(b.listener, 4096)
	}
	if err != nil {
		return 0, fmt.Errorf("listen for the baseline: %w", err)
	}
	name, err := unix.Getsockname(b.listener)
	if err != nil {
		return 0, fmt.Errorf("read the baseline's port: %w", err)
	}
	return name.(*unix.SockaddrInet4).Port, nil
}

func (b *bare) add(fd int) error {
	return unix.EpollCtl(b.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// own remembers a descriptor, so that close closes it.
func (b *bare) own(fd int) {
	for len(b.conns) <= fd {
		b.conns = append(b.conns, bareConn{at: free})
	}
	b.conns[fd] = bareConn{}
}

const free = -1 // the at of a descriptor that is not ours

func (b *bare) close() error {
	all := []error{unix.Close(b.epoll)}
	for fd := range b.conns {
		if b.conns[fd].at != free {
			all = append(all, unix.Close(fd))
		}
	}
	return errors.Join(all...)
}

func (b *bare) serve(stdin, wake int) error {
	events := make([]unix.EpollEvent, 1024)
	for {
		n, errno := wait(b.epoll, events)
		if errno != 0 && errno != unix.EINTR {
			return fmt.Errorf("wait for sockets: %w", errno)
		}
		for _, e := range events[:n] {
			switch fd := int(e.Fd); fd {
			case wake:
				return nil
			case stdin:
				if n, err := unix.Read(fd, b.in); n == 0 || err != nil && err != unix.EAGAIN {
					return nil
				}
			case b.listener:
				b.accept()
			default:
				b.read(fd)
			}
		}
	}
}
