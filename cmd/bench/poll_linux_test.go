package main

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// alone is a crowd without a server, to be handed bytes.
func alone(t *testing.T, streams ...stream) *crowd {
	t.Helper()
	c, err := newCrowd(&target{cfg: config{Channels: 1, Subscribers: len(streams)}, channels: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	for _, s := range streams {
		if s.fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC); err != nil { // something to close
			t.Fatal(err)
		}
		s.state = asking
		c.streams = append(c.streams, s)
		c.pending++
	}
	return c
}

// hand gives a stream bytes as if they had been read.
func (c *crowd) hand(i int, text string) { c.take(&c.streams[i], copy(c.buf[spare:], text)) }

func response(body string) (plain, chunked string) {
	return "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n" + body,
		"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
}

func TestAnswersSplitAnywhere(t *testing.T) {
	t.Parallel()
	text, want := whole()
	plain, chunked := response(text)
	// One crowd for all, for a buffer that is as dirty as a real one.
	c := alone(t, slices.Repeat([]stream{{}}, len(plain)+len(chunked)+2)...)
	next := 0
	try := func(what string, pieces ...string) {
		before := c.received
		for _, p := range pieces {
			c.hand(next, p)
		}
		if got := c.received - before; got != int64(len(want)) || c.streams[next].got != got {
			t.Errorf("%s: %d events were found, want %d", what, got, len(want))
		}
		next++
	}
	for _, all := range []string{plain, chunked} {
		try("byte by byte", strings.Split(all, "")...)
		for i := range all {
			try(fmt.Sprint("split at ", i), all[:i], all[i:])
		}
	}
	if c.connected != int64(next) || c.refused != 0 || c.pending != 0 {
		t.Errorf("%d connected, %d refused, %d pending", c.connected, c.refused, c.pending)
	}
}

func TestStalledTakeOnlyTheHead(t *testing.T) {
	t.Parallel()
	text, _ := whole()
	plain, _ := response(text)
	c := alone(t, stream{stalled: true})
	c.hand(0, plain)
	if c.stalled != 1 || c.received != 0 || c.accepted[0] != 0 {
		t.Errorf("%d stalled, %d received, %d accepted; want one that got nothing", c.stalled, c.received, c.accepted[0])
	}
}

// What a closed stream has had is not owed by the others.
func TestClosedStreamsAreOwedNothing(t *testing.T) {
	t.Parallel()
	text, marks := whole()
	plain, _ := response(text)
	c := alone(t, stream{}, stream{})
	c.hand(0, plain)
	head, _ := response("")
	c.hand(1, head)
	c.lose(&c.streams[0], nil)
	r := &run{crowd: c}
	p := &publishers{sent: make([]atomic.Int64, 1)}
	p.sent[0].Store(int64(len(marks)))
	if missing, expected := r.missing(p), r.expected(p); missing != int64(len(marks)) || expected != 2*missing {
		t.Errorf("%d missing of %d, want %d of %d", missing, expected, len(marks), 2*len(marks))
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	c := alone(t, stream{}, stream{})
	c.target.cfg.Patience = time.Nanosecond
	if err := c.connect(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
	if c.refused != 2 || c.pending != 0 || !strings.Contains(c.firstRefusal, "no response within 1ns") {
		t.Errorf("%d refused, %d pending: %s", c.refused, c.pending, c.firstRefusal)
	}
}
