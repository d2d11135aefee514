package sse_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latido/handlers/sse"
	"latido/hub"
)

// TestVanishedPeersAreFound is S3, at its full length of some 40 s: a thousand
// peers from which nothing comes any more, no end, no reset and no
// acknowledgement.
func TestVanishedPeersAreFound(t *testing.T) {
	const each = 500
	var sites []*site
	for _, o := range []sse.Options{{}, {Ordinary: true}} {
		s := newSite(t, o, hub.Limits{}, sse.Kind{Gap: gapOf})
		for range each {
			s.dial("channel=a").goDeaf(t)
		}
		sites = append(sites, s)
	}
	began := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	open := func() int { return sites[0].door.Stats().Open + sites[1].door.Stats().Open }
	for open() > 0 {
		if <-tick.C; time.Since(began) > 45*time.Second {
			t.Fatalf("%d of %d are still open after 45 s", open(), 2*each)
		}
	}
	t.Logf("the last was let go after %v", time.Since(began).Round(100*time.Millisecond))
	if n := sites[0].door.Stats().Ended[sse.Stalled]; n != each {
		t.Errorf("%d of %d ended as stalled", n, each)
	}
}

// goDeaf makes the kernel drop every packet that comes for a connection.
func (c *client) goDeaf(t *testing.T) {
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
