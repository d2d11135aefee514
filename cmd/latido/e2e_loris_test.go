package main_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patienceOfServer is within what time the server closes a connection on which
// a request does not get on.
const patienceOfServer = 6 * time.Second

// plain is the program without the race detector, whose memory says nothing.
var plain = sync.OnceValues(func() (string, error) {
	if !raced {
		return program()
	}
	path := filepath.Join(scratch, "latido-plain")
	return path, goTool(nil, "build", "-o", path, ".")
})

// Connections that send their headers a byte at a time, or nothing, must neither
// keep others out nor cost much nor stay.
func TestLorisHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	const many = 2000
	s := start(t, setup{binary: plain})
	listener := s.client.follow("/sse/events?channel=loris")
	before, _ := s.memory()
	var lorises []*loris
	var open sync.WaitGroup
	for range many {
		l := &loris{conn: dial(t, s), begun: time.Now()}
		open.Go(l.watch)
		lorises = append(lorises, l)
	}
	gone := make(chan struct{})
	go func() {
		open.Wait()
		close(gone)
	}()
	again := time.NewTicker(300 * time.Millisecond)
	defer again.Stop()
	most, served := before, 0
	for rounds, going := 0, true; going; rounds++ {
		for _, l := range lorises[:many/2] {
			l.drip(rounds)
		}
		s.client.post("/sse/broadcast/loris", fields{"text": fmt.Sprint("ronda ", rounds)})
		listener.until(fmt.Sprintf("ronda %d", rounds))
		if lorises[many-1].took.Load() == 0 {
			served++
		}
		now, _ := s.memory()
		most = max(most, now)
		select {
		case <-again.C:
		case <-gone:
			going = false
		}
	}
	var slowest time.Duration
	for _, l := range lorises {
		slowest = max(slowest, time.Duration(l.took.Load()))
	}
	t.Logf("%d slow connections were closed within %v and cost %.1f MiB; %d POSTs got their response meanwhile", many, slowest, most-before, served)
	if slowest > patienceOfServer {
		t.Errorf("a connection without a request was closed after %v", slowest)
	}
	if most-before > 64 {
		t.Errorf("%d connections without a request cost %.1f MiB", many, most-before)
	}
	if served == 0 {
		t.Error("no POST got its response while the slow connections were open")
	}
}

// loris is a connection without a whole request.
type loris struct {
	conn  net.Conn
	begun time.Time
	took  atomic.Int64 // until the server closed it, as a time.Duration; 0 before
}

// watch reads until the server has closed the connection. A reset is an end, too.
func (l *loris) watch() {
	_, _ = io.Copy(io.Discard, l.conn)
	l.took.Store(int64(time.Since(l.begun)))
}

// drip sends the next byte of a request.
func (l *loris) drip(i int) {
	const request = "GET / HTTP/1.1\r\nX-Slow: "
	_, _ = l.conn.Write([]byte{(request + strings.Repeat("x", 100))[i]}) // it may be closed already
}

// net/http reads on to a body's end before it responds, also where no handler
// wants the body: each of these would hold its connection for ever.
func TestLorisBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	for _, way := range [][]string{nil, {inGoroutines}} {
		t.Run(strings.Join(append(way, "streams"), " "), func(t *testing.T) {
			t.Parallel()
			s := start(t, setup{args: way})
			var waiting sync.WaitGroup
			for request, status := range map[string]int{
				"POST /sse/broadcast/a":                                http.StatusRequestTimeout,
				"POST /ui/prefs":                                       http.StatusRequestTimeout,
				"POST /no/such/page":                                   http.StatusNotFound,
				"POST /sse/stats":                                      http.StatusMethodNotAllowed,
				"POST /sse/notify/0":                                   http.StatusUnprocessableEntity,
				"GET /healthz":                                         http.StatusOK,
				"GET /sse/events?channel=loris":                        0, // taken over: closed without a response
				"POST /sse/notify/1|Content-Type: text/plain":          http.StatusUnsupportedMediaType,
				"POST /sse/broadcast/a|Sec-Fetch-Site: cross-site":     http.StatusForbidden,
				"POST /sse/broadcast/a|Expect: 100-continue":           http.StatusRequestTimeout,
				"POST /sse/broadcast/a|Transfer-Encoding: chunked":     http.StatusRequestTimeout,
				"POST /no/such/page/either|Transfer-Encoding: chunked": http.StatusNotFound,
			} {
				waiting.Go(func() { stall(t, s, request, status) })
			}
			waiting.Wait()
			s.client.waitStreams(0)
			if n := len(s.client.history("a", "")); n != 0 {
				t.Errorf("%d events were stored of bodies that never came", n)
			}
		})
	}
}

// stall sends a request whose body never ends. It wants a response with the status, 0
// for any or none, and the connection closed.
func stall(t *testing.T, s *server, request string, status int) {
	target, field, more := strings.Cut(request, "|")
	head := target + " HTTP/1.1\r\nHost: latido\r\n"
	if more {
		head += field + "\r\n"
	}
	begun := time.Now()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	body := "Content-Length: 50\r\n\r\n{"
	if strings.Contains(field, "chunked") {
		body = "\r\n5\r\n{"
	}
	if _, err := io.WriteString(conn, head+body); err != nil {
		t.Error(err)
		return
	}
	if err := conn.SetReadDeadline(begun.Add(patience)); err != nil {
		t.Error(err)
		return
	}
	text, err := io.ReadAll(conn)
	took := time.Since(begun)
	if status != 0 && (err != nil || !strings.Contains(string(text), fmt.Sprintf("HTTP/1.1 %d ", status))) {
		t.Errorf("%s without the end of its body: %v, %.100q, want status %d", request, err, text, status)
	}
	if took > patienceOfServer {
		t.Errorf("%s without the end of its body was closed after %v", request, took)
	}
}

func TestLorisEndlessBodyIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for _, path := range []string{"/sse/broadcast/a", "/ui/notify"} {
		conn := dial(t, s)
		say(t, conn, "POST "+path+" HTTP/1.1\r\nHost: latido\r\nTransfer-Encoding: chunked\r\n\r\n")
		var sending sync.WaitGroup
		sending.Go(func() {
			chunk := "1000\r\n" + strings.Repeat(" ", 0x1000) + "\r\n"
			for {
				if _, err := io.WriteString(conn, chunk); err != nil {
					return // the server has closed it
				}
			}
		})
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("an endless body to %s got no response: %v", path, err)
		}
		if response.StatusCode != http.StatusRequestEntityTooLarge || !response.Close {
			t.Errorf("an endless body to %s: %s, closed: %v", path, response.Status, response.Close)
		}
		sending.Wait()
	}
}

// lettingGo is the monitoring page's count of streams that said too much.
var lettingGo = regexp.MustCompile(`datos después de su petición[^<]*</th>\s*<td[^>]*>\s*(\d+)`)

// A stream reads nothing from its client. One that is taken over is closed when the
// client sends something: unread bytes would take memory.
func TestLorisSpeaksOnAnOpenStream(t *testing.T) {
	t.Parallel()
	with := asRun()
	s := start(t, with)
	listener := s.client.follow("/sse/events?channel=calla")
	for _, said := range []string{"x", "GET / HTTP/1.1\r\nHost: latido\r\n\r\n", strings.Repeat("x", 1<<20)} {
		conn := dial(t, s)
		say(t, conn, "GET /sse/events?channel=calla HTTP/1.1\r\nHost: latido\r\n\r\n")
		lines := bufio.NewReader(conn)
		if _, err := http.ReadResponse(lines, nil); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, said) // the server may close it before the last byte
		if with.args == nil {
			_, err := io.Copy(io.Discard, lines) // a reset is an end, too
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the stream is still open after its client has said %.20q", said)
			}
		}
		conn.Close()
	}
	eventually(t, "the others' streams to end", func() bool {
		s.client.post("/sse/broadcast/calla", fields{"text": "como si nada"})
		listener.until("como si nada")
		return s.client.streams() == 1
	})
	_, text := s.client.ask(http.MethodGet, "/monitoring", nil, "Accept", "text/html", "Accept-Language", "es")
	found := lettingGo.FindStringSubmatch(text)
	if want := 3; with.args == nil && (found == nil || number(found[1]) != want) {
		t.Errorf("the monitoring page counts %v, want %d that spoke", found, want)
	}
}
