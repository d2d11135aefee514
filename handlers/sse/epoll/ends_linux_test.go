package epoll_test

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// TestStalledClientIsReset: what the kernel still holds for it is thrown away, so the
// client reads a reset and not a clean end, and memory is free at once.
func TestStalledClientIsReset(t *testing.T) {
	s := ssetest.New(t, sse.Options{WriteTimeout: time.Second}, hub.Retention{}, sse.Kind{Gap: ssetest.Gap})
	c := s.Dial("channel=a")
	if err := c.SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	// The kernel's own patience would reset it as well.
	own := duplicate(t, c)
	if err := errors.Join(unix.SetsockoptInt(own, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 0), unix.Close(own)); err != nil {
		t.Fatal(err)
	}
	text := `{"text":"` + strings.Repeat("x", 64<<10) + `"}`
	for i := 0; s.Server.Stats().Parked == 0 && i < 1000; i++ {
		s.Publish("a", text)
	}
	ssetest.Eventually(t, "it is let go", func() bool { return s.Server.Stats().Ended[sse.Stalled] == 1 })
	if _, err := io.Copy(io.Discard, c.R); !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("the end is %v, want a reset", err)
	}
}

// TestLateEventOfAClosedConnection: a descriptor that something else holds too, as a
// child process does between fork and exec, stays in epoll when it is closed here. What
// its client does then is not taken for the doing of the connection that has its row.
func TestLateEventOfAClosedConnection(t *testing.T) {
	s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{Gap: ssetest.Gap})
	// One after the other in the same shard: there are at most 8.
	for range 8 {
		old := s.Dial("channel=a&key=old")
		ssetest.Block(t, old.Events)
		held := duplicate(t, old)
		ended := s.Server.Stats().Ended[sse.Replaced]
		s.Dial("channel=a&key=old").Close()
		ssetest.Eventually(t, "the older stream is replaced", func() bool { return s.Server.Stats().Ended[sse.Replaced] == ended+1 })
		var others []*ssetest.Client
		for range 16 { // one of them gets its row
			c := s.Dial("channel=a")
			ssetest.Block(t, c.Events)
			others = append(others, c)
		}
		if _, err := io.WriteString(old, "late"); err != nil {
			t.Fatal(err)
		}
		old.Close()
		id := s.Publish("a", `{}`)
		for _, c := range others {
			if got := ssetest.Block(t, c.Events); got.ID != id.String() || got.Data != "{}" {
				t.Errorf("%+v, want %v", got, id)
			}
		}
		if n := s.Server.Stats().Ended[sse.ClientSent]; n != 0 {
			t.Fatalf("%d streams ended because another's client sent something", n)
		}
		for _, c := range others {
			c.Close()
		}
		if err := unix.Close(held); err != nil {
			t.Fatal(err)
		}
		ssetest.Eventually(t, "all have ended", func() bool { return s.Server.Stats().Open == 0 })
	}
}

// duplicate returns another descriptor of the server's end of a connection.
func duplicate(t *testing.T, c *ssetest.Client) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		peer, err := unix.Getpeername(fd)
		if err != nil {
			continue // no socket, or not connected
		}
		if in, ok := peer.(*unix.SockaddrInet4); ok && netip.AddrPortFrom(netip.AddrFrom4(in.Addr), uint16(in.Port)).String() == c.LocalAddr().String() {
			held, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
			if err != nil {
				t.Fatal(err)
			}
			return held
		}
	}
	t.Fatal("the server's end of the connection is not there")
	return -1
}
