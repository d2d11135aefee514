package epoll

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// poll is an epoll instance that the runtime's poller watches in turn: its
// owner is called when something has happened, and no thread is spent on waiting.
type poll struct {
	file   *os.File
	fd     int
	watch  sync.WaitGroup // the watching goroutine
	events [256]unix.EpollEvent
}

// newPoll makes an epoll instance; ready is called, from a goroutine that close
// waits for, whenever take may return something. It must not block.
func newPoll(ready func()) (*poll, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("make an epoll instance: %w", err)
	}
	p := &poll{file: os.NewFile(uintptr(fd), "epoll"), fd: fd}
	raw, err := p.file.SyscallConn()
	if err != nil {
		p.file.Close()
		return nil, fmt.Errorf("watch an epoll instance: %w", err)
	}
	p.watch.Go(func() {
		// Read calls the function once, and then each time the instance becomes
		// readable, until the file is closed.
		_ = raw.Read(func(uintptr) bool {
			ready()
			return false
		})
	})
	return p, nil
}

// close ends the instance; descriptors in it are not closed.
func (p *poll) close() {
	p.file.Close()
	p.watch.Wait()
}

const (
	wantRead  = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET
	wantWrite = unix.EPOLLOUT
)

// add watches a descriptor for its peer's end, and with write also for room to
// write. The handle comes back with each event.
func (p *poll) add(fd int, h handle, write bool) error {
	events := uint32(wantRead)
	if write {
		events |= wantWrite
	}
	return p.control(unix.EPOLL_CTL_ADD, fd, h, events)
}

// addWrite watches for room to write from now on.
func (p *poll) addWrite(fd int, h handle) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, h, wantRead|wantWrite)
}

func (p *poll) control(op, fd int, h handle, events uint32) error {
	e := unix.EpollEvent{Events: events, Fd: int32(h.row), Pad: int32(h.generation)}
	if err := unix.EpollCtl(p.fd, op, fd, &e); err != nil {
		return fmt.Errorf("watch a connection: %w", err)
	}
	return nil
}

func handleOf(e *unix.EpollEvent) handle { return handle{uint32(e.Fd), uint32(e.Pad)} }

// take returns what has happened, nothing when nothing has. The result is good
// until the next call.
func (p *poll) take() ([]unix.EpollEvent, error) {
	for {
		n, err := unix.EpollWait(p.fd, p.events[:], 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ask what has happened on connections: %w", err)
		}
		return p.events[:n], nil
	}
}
