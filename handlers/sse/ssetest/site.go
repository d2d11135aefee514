package ssetest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	"latido/handlers/sse/conn"
	"latido/handlers/sse/epoll"
	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/hubtest/eventsource"
)

// Site is a hub and a server of streams behind a real listening socket. A
// stream's query says what it wants: channel, after, key, user.
type Site struct {
	Hub     *hub.Hub
	Journal *hubtest.Journal
	Server  *sse.Server
	Lease   func(*http.Request) sse.Lease // of streams from now on; nil for none
	Close   func()                        // ends the site before its test does

	t       testing.TB
	address string
}

// TakenOver are the transports of a server on Linux, Goroutines those where no
// connection can be taken over.
var (
	TakenOver  = []sse.NewTransport{epoll.New, conn.New}
	Goroutines = []sse.NewTransport{conn.New}
)

// BothWays runs a test with connections taken over and with a goroutine each.
func BothWays(t *testing.T, test func(t *testing.T, transports ...sse.NewTransport)) {
	for name, transports := range map[string][]sse.NewTransport{"taken over": TakenOver, "ordinary": Goroutines} {
		t.Run(name, func(t *testing.T) { test(t, transports...) })
	}
}

// New serves until the test ends, with TakenOver when no transport is given, and then
// holds the server to its promise that nothing is left: no stream, no cursor, no
// goroutine, no descriptor.
func New(t testing.TB, o sse.Options, limits hub.Retention, kind sse.Kind, transports ...sse.NewTransport) *Site {
	t.Helper()
	if transports == nil {
		transports = TakenOver
	}
	// The runtime opens descriptors of its own at the first socket.
	if probe, err := net.Listen("tcp", "127.0.0.1:0"); err != nil || probe.Close() != nil {
		t.Fatal("no socket", err)
	}
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	journal := hubtest.NewJournal()
	s := &Site{t: t, Journal: journal, Hub: hub.New(journal, hub.Options{Retention: limits}), Server: sse.NewServer(o, transports...)}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Hub.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	<-s.Hub.Ready()
	listener, err := (&net.ListenConfig{KeepAlive: -1, Control: s.Server.Control}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	server := &http.Server{ConnContext: epoll.ConnContext, Handler: s.handler(kind)}
	running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	s.Close = sync.OnceFunc(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel() // cut off what is left
		_ = s.Server.Drain(now)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		stop()
		running.Wait()
		s.nothingLeft(goroutines, files)
	})
	t.Cleanup(s.Close)
	return s
}

func (s *Site) handler(kind sse.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		after, _ := hub.ParseID(q.Get("after"))
		cursor, err := s.Hub.Subscribe(r.Context(), hub.Request{Topics: []hub.Topic{hub.ChannelTopic(q.Get("channel"))}, Format: Plain, After: after})
		if err != nil {
			s.t.Error(err)
			return
		}
		user, _ := strconv.ParseInt(q.Get("user"), 10, 64)
		st := sse.Stream{Cursor: cursor, Kind: &kind, Key: q.Get("key"), User: user, Preamble: []byte("data: preamble\n\n")}
		if s.Lease != nil {
			st.Lease = s.Lease(r)
		}
		err = s.Server.Serve(w, r, st)
		if errors.Is(err, sse.ErrFull) || errors.Is(err, sse.ErrDraining) {
			_ = s.Server.Later(w, err)
		}
	}
}

// Plain is the format of a site's streams: the event's id and data.
var Plain = hub.NewFormat("plain", func(e *hub.Event) []byte {
	b, err := sse.Append(nil, sse.Message{ID: e.ID.String(), Data: e.Data})
	if err != nil {
		panic(err)
	}
	return b
})

// Gap is an sse.Kind's Gap without an id.
func Gap(g hub.Gap) []byte { return fmt.Appendf(nil, "data: gap %s\n\n", g.Reason) }

// Heartbeat is an sse.Kind's Heartbeat that shows the position.
func Heartbeat(pos hub.ID) []byte { return fmt.Appendf(nil, "data: heartbeat %d\n\n", pos.Seq) }

// Block returns the next block of a stream. A stream that ends fails the test, and so
// does a line that the standard says to ignore.
func Block(t testing.TB, p *eventsource.Parser) eventsource.Block {
	t.Helper()
	b, err := p.Block()
	if err != nil || len(b.Ignored) > 0 {
		t.Fatalf("%v, ignored lines %q", err, b.Ignored)
	}
	return b
}

// nothingLeft is I6: what was there before is there now, and nothing else.
func (s *Site) nothingLeft(goroutines, files int) {
	s.t.Helper()
	Eventually(s.t, "all cursors are closed", func() bool { return s.Hub.Stats().Streams == 0 })
	Eventually(s.t, "all streams have been counted out", func() bool {
		st := s.Server.Stats()
		ended := uint64(0)
		for _, n := range st.Ended {
			ended += n
		}
		return st.Open == 0 && st.TakenOver == 0 && st.Parked == 0 && ended == st.Opened
	})
	Eventually(s.t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
	Eventually(s.t, "all descriptors are closed", func() bool { return openFiles(s.t) <= files })
}

// openFiles counts this process's descriptors; 0 where there is no /proc.
func openFiles(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	return len(list)
}

// Eventually waits for what other goroutines or the kernel have begun.
func Eventually(t testing.TB, what string, is func() bool) {
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

// Client is a connection behind the head of its response. R and Events read the same
// bytes: what one of them has returned, the other does not return.
type Client struct {
	*net.TCPConn
	R      *bufio.Reader
	Events *eventsource.Parser
	Head   textproto.MIMEHeader
}

// Dial opens a stream. HTTP/1.0 keeps net/http from chunking, so that the bytes
// are the same both ways.
func (s *Site) Dial(query string) *Client {
	s.t.Helper()
	c, err := s.TryDial(query)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// TryDial is Dial for goroutines that may not end the test.
func (s *Site) TryDial(query string) (*Client, error) {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	// Longer than any test waits for a byte on purpose: one that never comes fails
	// its test, not the whole run.
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return nil, err
	}
	c := &Client{TCPConn: conn.(*net.TCPConn), R: bufio.NewReader(conn)}
	c.Events = eventsource.NewParser(c.R, "")
	if _, err = io.WriteString(conn, "GET /?"+query+" HTTP/1.0\r\n\r\n"); err == nil {
		if _, err = c.R.ReadString('\n'); err == nil {
			c.Head, err = textproto.NewReader(c.R).ReadMIMEHeader()
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// Publish publishes to a channel.
func (s *Site) Publish(channel string, data string) hub.ID {
	s.t.Helper()
	r, err := s.Hub.Publish(context.Background(), hub.Draft{Name: "e", Channel: channel, Data: json.RawMessage(data)})
	if err != nil {
		s.t.Fatal(err)
	}
	return r.ID
}
