package sse_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/hubtest"
)

// site is a hub and a server of streams behind a real listening socket. A
// stream's query says what it wants: channel, after, key, user.
type site struct {
	lease   func(*http.Request) sse.Lease // nil for none
	t       testing.TB
	hub     *hub.Hub
	journal *hubtest.Journal
	door    *sse.Server
	address string
	end     func()
}

// newSite serves until the test ends, and then holds the server to its promise
// that nothing is left: no stream, no cursor, no goroutine, no descriptor.
func newSite(t testing.TB, o sse.Options, limits hub.Limits, kind sse.Kind) *site {
	t.Helper()
	// The runtime opens descriptors of its own at the first socket.
	if probe, err := net.Listen("tcp", "127.0.0.1:0"); err != nil || probe.Close() != nil {
		t.Fatal("no socket", err)
	}
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	journal := hubtest.NewJournal()
	s := &site{t: t, journal: journal, hub: hub.New(journal, hub.Options{Limits: limits}), door: sse.NewServer(o)}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.hub.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	<-s.hub.Ready()
	listener, err := (&net.ListenConfig{KeepAlive: -1, Control: s.door.Control}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	server := &http.Server{ConnContext: sse.ConnContext, Handler: s.handler(kind)}
	running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	s.end = sync.OnceFunc(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel() // cut off what is left
		_ = s.door.Drain(now)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		stop()
		running.Wait()
		s.nothingLeft(goroutines, files)
	})
	t.Cleanup(s.end)
	return s
}

func (s *site) leaseOf(r *http.Request) sse.Lease {
	if s.lease == nil {
		return nil
	}
	return s.lease(r)
}

func (s *site) handler(kind sse.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		after, _ := hub.ParseID(q.Get("after"))
		cursor, err := s.hub.Subscribe(r.Context(), hub.Request{Topics: []hub.Topic{hub.ChannelTopic(q.Get("channel"))}, Format: plain, After: after})
		if err != nil {
			s.t.Error(err)
			return
		}
		user, _ := strconv.ParseInt(q.Get("user"), 10, 64)
		err = s.door.Serve(w, r, sse.Stream{Cursor: cursor, Kind: &kind, Key: q.Get("key"), User: user, Hello: []byte("data: hello\n\n"), Lease: s.leaseOf(r)})
		if errors.Is(err, sse.ErrFull) || errors.Is(err, sse.ErrDraining) {
			_ = s.door.Later(w, err)
		}
	}
}

// nothingLeft is I6: what was there before is there now, and nothing else.
func (s *site) nothingLeft(goroutines, files int) {
	s.t.Helper()
	eventually(s.t, "all cursors are closed", func() bool { return s.hub.Stats().Streams == 0 })
	eventually(s.t, "all streams have been counted out", func() bool {
		st := s.door.Stats()
		ended := uint64(0)
		for _, n := range st.Ended {
			ended += n
		}
		return st.Open == 0 && st.TakenOver == 0 && st.Parked == 0 && ended == st.Opened
	})
	eventually(s.t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(s.t, "all descriptors are closed", func() bool { return openFiles(s.t) <= files })
}

// openFiles counts this process's descriptors; 0 where there is no /proc.
func openFiles(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	return len(list)
}

// eventually waits for what other goroutines or the kernel have begun.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); !is(); <-tick.C {
		if time.Now().After(deadline) {
			t.Errorf("never: %s", what)
			return
		}
	}
}

// client is a raw connection behind the head of its answer.
type client struct {
	*net.TCPConn
	r    *bufio.Reader
	head textproto.MIMEHeader
}

// dial opens a stream. HTTP/1.0 keeps net/http from chunking, so that the bytes
// are the same both ways.
func (s *site) dial(query string) *client {
	s.t.Helper()
	c, err := s.tryDial(query)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

func (s *site) tryDial(query string) (*client, error) {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	// Longer than any test waits for a byte on purpose: one that never comes fails
	// its test, not the whole run.
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return nil, err
	}
	c := &client{TCPConn: conn.(*net.TCPConn), r: bufio.NewReader(conn)}
	if _, err = io.WriteString(conn, "GET /?"+query+" HTTP/1.0\r\n\r\n"); err == nil {
		if _, err = c.r.ReadString('\n'); err == nil {
			c.head, err = textproto.NewReader(c.r).ReadMIMEHeader()
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (s *site) publish(channel string, data string) hub.ID {
	s.t.Helper()
	r, err := s.hub.Publish(context.Background(), hub.Draft{Name: "e", Channel: channel, Data: json.RawMessage(data)})
	if err != nil {
		s.t.Fatal(err)
	}
	return r.ID
}

// bothWays runs a test with connections taken over and in the ordinary way.
func bothWays(t *testing.T, test func(t *testing.T, o sse.Options)) {
	for name, ordinary := range map[string]bool{"taken over": false, "ordinary": true} {
		t.Run(name, func(t *testing.T) { test(t, sse.Options{Ordinary: ordinary}) })
	}
}
