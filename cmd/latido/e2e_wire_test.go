package main_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"latido/hub/hubtest/eventsource"
)

// wire is an open stream that a test reads block by block: ids, delays and
// comments too.
type wire struct {
	testing.TB
	response *http.Response
	blocks   *eventsource.Parser
	leave    context.CancelFunc
}

// wire opens a stream; the test's end closes it.
func (c client) wire(path string, header ...string) *wire {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		c.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		cancel()
		response.Body.Close()
	})
	if response.StatusCode != http.StatusOK {
		c.Fatalf("%s returned %s", path, response.Status)
	}
	return &wire{c.TB, response, eventsource.NewParser(response.Body, ""), cancel}
}

// next reads blocks until one has the text in its data. No line may be one that
// clients ignore.
func (w *wire) next(text string) eventsource.Block {
	w.Helper()
	for {
		b, err := w.blocks.Block()
		if err != nil {
			w.Fatalf("the stream ended with %v before %q came", err, text)
		}
		if len(b.Ignored) > 0 {
			w.Errorf("the stream has lines that clients ignore: %q", b.Ignored)
		}
		if strings.Contains(b.Data, text) {
			return b
		}
	}
}

// ending is how a stream ended.
type ending struct {
	at   time.Time
	last eventsource.Block
	err  error
}

// end reads a stream to its end.
func (w *wire) end() (e ending) {
	for {
		b, err := w.blocks.Block()
		if err != nil {
			e.at, e.err = time.Now(), err
			return e
		}
		e.last = b
	}
}

// check wants an end between two blocks, after a retry with the delay that a drain
// asks for, which is twice the usual one.
func (e ending) check(t testing.TB, name any) {
	t.Helper()
	if !errors.Is(e.err, io.EOF) || errors.Is(e.err, io.ErrUnexpectedEOF) {
		t.Errorf("stream %v ended with %v", name, e.err)
	}
	if e.last.Retry < 4*time.Second || e.last.Retry >= 8*time.Second || e.last.HasData || e.last.HasID {
		t.Errorf("stream %v ended after %+v, want a retry of 4 to 8 s", name, e.last)
	}
}

// number reads a whole number, -1 where there is none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// dial opens a connection of its own to the server; the test's end closes it.
func dial(t testing.TB, s *server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// say writes to a connection.
func say(t testing.TB, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// inGoroutines makes the program serve every stream in a goroutine.
const inGoroutines = "--ordinary-streams"

// asRun are the flags that give the program the way to serve streams that the
// tests are run with, because start keeps our environment from it.
func asRun(args ...string) setup {
	if os.Getenv("LATIDO_ORDINARY_STREAMS") != "" {
		args = append(args, inGoroutines)
	}
	return setup{args: args}
}
