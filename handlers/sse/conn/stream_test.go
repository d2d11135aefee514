package conn_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/conn"
	"latido/handlers/sse/ssetest"
	"latido/hub"
	"latido/hub/conflate"
	"latido/hub/hubtest"
	"latido/hub/hubtest/eventsource"
)

// pipeListener hands out one end of in-memory connections, so that a whole
// server can live in a synctest bubble.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// world is a hub and a server of streams in a bubble.
type world struct {
	t         *testing.T
	hub       *hub.Hub
	server    *sse.Server
	listener  *pipeListener
	returned  chan error                      // of Serve, one per stream
	classify  func(*hub.Event) conflate.Class // of streams that begin from now on; nil for none
	toHead    bool                            // the same: a gap ends at the head
	after     hub.ID                          // the same: what they resume after
	conflated atomic.Uint64
}

func inBubble(t *testing.T, o sse.Options, kind sse.Kind, preamble string, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, hub: hub.New(hubtest.NewJournal(), hub.Options{}), server: sse.NewServer(o, conn.New),
			listener: newPipeListener(), returned: make(chan error, 10)}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := w.hub.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		<-w.hub.Ready()
		server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			cursor, err := w.hub.Subscribe(r.Context(), hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, Format: ssetest.Plain, After: w.after, SkipToHead: w.toHead})
			if err != nil {
				t.Error(err)
				return
			}
			st := sse.Stream{Cursor: cursor, Kind: &kind, Preamble: []byte(preamble)}
			if w.classify != nil {
				st.Conflated = conflate.New(cursor, conflate.Options{Classify: w.classify, Conflated: &w.conflated})
			}
			w.returned <- w.server.Serve(rw, r, st)
		})}
		running.Go(func() {
			if err := server.Serve(w.listener); !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		})
		test(w)
		if err := w.server.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		stop()
		running.Wait()
		if n := w.hub.Stats().Streams; n != 0 {
			t.Errorf("%d cursors are still open", n)
		}
	})
}

// connect sends a request and returns the connection behind the response's head, and
// two readers of the same bytes.
func (w *world) connect() (net.Conn, *bufio.Reader, *eventsource.Parser) {
	w.t.Helper()
	client, server := net.Pipe()
	w.listener.conns <- server
	if _, err := io.WriteString(client, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		w.t.Fatal(err)
	}
	r := bufio.NewReader(client)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.TrimSpace(line) == "" {
			w.t.Cleanup(func() { client.Close() })
			return client, r, eventsource.NewParser(r, "")
		}
	}
}

func (w *world) publish(n int) {
	w.t.Helper()
	for i := range n {
		if _, err := w.hub.Publish(w.t.Context(), hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// isPing reports whether a block is one empty comment.
func isPing(b eventsource.Block) bool {
	return !b.HasData && slices.Equal(b.Comments, []string{""})
}

func TestPreambleEventsAndPings(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap}, "data: preamble\n\n", func(w *world) {
		t := w.t
		client, _, r := w.connect()
		if got := ssetest.Block(t, r).Data; got != "preamble" {
			t.Errorf("first %q", got)
		}
		w.publish(2)
		for n := range 2 {
			if got := ssetest.Block(t, r).Data; got != fmt.Sprintf(`{"n":%d}`, n) {
				t.Errorf("event %d is %q", n, got)
			}
		}
		began := time.Now()
		if got, d := ssetest.Block(t, r), time.Since(began); !isPing(got) || d < 10*time.Second || d > 15*time.Second {
			t.Errorf("%+v after %v of silence, want a comment after 10 to 15 s", got, d)
		}
		client.Close()
		if err := <-w.returned; err != nil {
			t.Logf("the peer's leaving was seen by a write: %v", err)
		}
	})
}

func TestHeartbeatComesOnlyAfterSilence(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap, Heartbeat: ssetest.Heartbeat, HeartbeatEvery: 30 * time.Second}, "", func(w *world) {
		t := w.t
		_, _, r := w.connect()
		began := time.Now()
		time.Sleep(10 * time.Second)
		w.publish(1)
		ssetest.Block(t, r)
		last, pings := time.Now(), 0
		for heartbeats := 0; heartbeats < 3; {
			got, silence := ssetest.Block(t, r), time.Since(last)
			switch {
			case isPing(got):
				pings++
			case got.Data == "heartbeat 1":
				heartbeats++
				if d := time.Since(began) - 10*time.Second; d < time.Duration(heartbeats)*30*time.Second || d > time.Duration(heartbeats)*31*time.Second {
					t.Errorf("heartbeat %d came %v after the event, want 30 to 31 s each", heartbeats, d)
				}
			default:
				t.Fatalf("%+v after %v", got, time.Since(began))
			}
			if last = time.Now(); silence > 15*time.Second {
				t.Errorf("%v of silence", silence)
			}
		}
		if pings < 3 {
			t.Errorf("%d pings between three heartheartbeats", pings)
		}
	})
}

func TestPeerThatStopsReadingIsLetGo(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap}, "", func(w *world) {
		t := w.t
		w.connect()
		w.publish(1) // nobody reads it: the pipe holds nothing
		began := time.Now()
		err := <-w.returned
		if err == nil || time.Since(began) != 25*time.Second {
			t.Errorf("ended with %v after %v, want a write that failed after 25 s", err, time.Since(began))
		}
	})
}

// TestClientThatReadsALargeFrameSlowly is kept: it takes something all the time.
func TestClientThatReadsALargeFrameSlowly(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap}, "", func(w *world) {
		t := w.t
		client, r, _ := w.connect()
		text := `{"pad":"` + strings.Repeat("x", 100<<10) + `"}`
		if _, err := w.hub.Publish(t.Context(), hub.Draft{Name: "e", Channel: "a", Data: json.RawMessage(text)}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		b := make([]byte, 8<<10)
		var read bytes.Buffer
		for !strings.HasSuffix(read.String(), "\n\n") {
			n, err := r.Read(b)
			if read.Write(b[:n]); err != nil {
				t.Fatalf("%v after %v and %d bytes", err, time.Since(began), read.Len())
			}
			time.Sleep(10 * time.Second)
		}
		if !strings.HasSuffix(read.String(), "data: "+text+"\n\n") {
			t.Errorf("read %.40q", read.String())
		}
		client.Close()
	})
}

var retryOnly = regexp.MustCompile(`^retry: [4-8]\d{3}\n\n$`)

func TestDrainEndsStreamsAndRefusesNewOnes(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap}, "", func(w *world) {
		t := w.t
		_, r, _ := w.connect()
		_, r2, _ := w.connect()
		drained := make(chan error, 1)
		go func() { drained <- w.server.Drain(t.Context()) }()
		for _, r := range []*bufio.Reader{r, r2} {
			if b, err := io.ReadAll(r); err != nil || !retryOnly.Match(b) {
				t.Errorf("%q, %v, want a reconnection delay and a clean end", b, err)
			}
		}
		for range 2 {
			if err := <-w.returned; err != nil {
				t.Errorf("a drained stream ended with %v", err)
			}
		}
		if err := <-drained; err != nil {
			t.Error(err)
		}
		w.connect()
		if err := <-w.returned; !errors.Is(err, sse.ErrDraining) {
			t.Errorf("a late stream got %v", err)
		}
	})
}

func TestRetryIsJittered(t *testing.T) {
	server := sse.NewServer(sse.Options{})
	seen := map[time.Duration]bool{}
	for range 100 {
		d := server.Retry()
		if d < 2*time.Second || d >= 4*time.Second {
			t.Fatalf("retry %v, want 2 to 4 s", d)
		}
		seen[d.Truncate(100*time.Millisecond)] = true
	}
	if len(seen) < 5 {
		t.Errorf("only %d different delays in 100", len(seen))
	}
}
