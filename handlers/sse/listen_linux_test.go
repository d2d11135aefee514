package sse_test

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
)

// TestControl: a listening socket gets the bounds that its connections inherit. One that
// cannot be reached is an error.
func TestControl(t *testing.T) {
	server := sse.NewServer(sse.Options{WriteTimeout: 7 * time.Second})
	listener, err := (&net.ListenConfig{Control: server.Control}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for option, want := range map[int]int{unix.TCP_USER_TIMEOUT: 7000, unix.TCP_NOTSENT_LOWAT: 16 << 10} {
		var got int
		if reach := raw.Control(func(fd uintptr) { got, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, option) }); reach != nil || err != nil || got != want {
			t.Errorf("option %d is %d, want %d; %v, %v", option, got, want, reach, err)
		}
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Control("tcp", "", raw); err == nil {
		t.Error("a socket that is closed is no error")
	}
}
