package epoll_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// TestVanishedPeersAreFound is S3, at its full length of some 40 s: a thousand
// peers from which nothing comes any more, no end, no reset and no
// acknowledgement.
func TestVanishedPeersAreFound(t *testing.T) {
	const each = 500
	var sites []*ssetest.Site
	for _, way := range [][]sse.NewTransport{ssetest.TakenOver, ssetest.Goroutines} {
		s := ssetest.New(t, sse.Options{}, hub.Retention{}, sse.Kind{Gap: ssetest.Gap}, way...)
		for range each {
			goDeaf(t, s.Dial("channel=a"))
		}
		sites = append(sites, s)
	}
	began := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	open := func() int { return sites[0].Server.Stats().Open + sites[1].Server.Stats().Open }
	for open() > 0 {
		if <-tick.C; time.Since(began) > 45*time.Second {
			t.Fatalf("%d of %d are still open after 45 s", open(), 2*each)
		}
	}
	t.Logf("the last was let go after %v", time.Since(began).Round(100*time.Millisecond))
	if n := sites[0].Server.Stats().Ended[sse.Stalled]; n != each {
		t.Errorf("%d of %d ended as stalled", n, each)
	}
}

// goDeaf makes the kernel drop every packet that comes for a connection.
func goDeaf(t *testing.T, c *ssetest.Client) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	takeNothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	if reach := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &takeNothing})
	}); reach != nil || err != nil {
		t.Fatal(reach, err)
	}
}
