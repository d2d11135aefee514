package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// stream is one subscriber.
type stream struct {
	fd      int
	state   streamState
	stalled bool
	chunked bool
	channel int
	got     int64
	head    []byte // of the response, until it is complete
	chunks  chunks
	tail    [markerLen - 1]byte // what may begin a marker
	tailLen int
}

type streamState uint8

const (
	dialing streamState = iota // not connected yet
	asking                     // the head of the response is not complete yet
	flowing
	gone
)

// maxHead bounds the head of a response, in bytes.
const maxHead = 64 << 10

var errNotYet = errors.New("the head is not complete yet")

// response takes the bytes of a response until its head is complete, and then
// returns the beginning of the body. The error is errNotYet, or the reason why there
// is no stream.
func (s *stream) response(b []byte) (body []byte, err error) {
	s.head = append(s.head, b...)
	head, body, whole := bytes.Cut(s.head, []byte("\r\n\r\n"))
	if !whole {
		if len(s.head) > maxHead {
			return nil, errors.New("the head of its response does not end")
		}
		return nil, errNotYet
	}
	s.head = nil
	status, fields, _ := strings.Cut(string(head), "\r\n")
	if _, code, _ := strings.Cut(status, " "); code != "200" && !strings.HasPrefix(code, "200 ") {
		return nil, fmt.Errorf("%s: %s", status, bytes.TrimSpace(body[:min(len(body), quoteLen)]))
	}
	for line := range strings.SplitSeq(fields, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Transfer-Encoding") && strings.EqualFold(strings.TrimSpace(value), "chunked") {
			s.chunked = true
		}
	}
	return body, nil
}

// tcpSocket makes one of tens of thousands of sockets. A stalled one buffers little,
// close sends a reset, and the port is chosen when the destination is known, so that
// it need not be unique to the source address.
func tcpSocket(family int, stalled bool) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("open a socket: %w", err)
	}
	err = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	if stalled {
		err = errors.Join(err, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, stalledBuffer))
	}
	if family == unix.AF_INET {
		err = errors.Join(err, unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1))
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("set up a socket: %w", err), unix.Close(fd))
	}
	return fd, nil
}

// stalledBuffer is the receive buffer of a stalled subscriber, in bytes.
const stalledBuffer = 4096
