package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latido/hub/hubtest/eventsource"
)

// A client that opens one stream too many is refused in a way that browsers handle, and
// those who came first notice nothing.
func TestLimitsOfTheWholeServer(t *testing.T) {
	t.Parallel()
	const limit = 100
	s := start(t, asRun("--max-streams", fmt.Sprint(limit)))
	var first []*wire
	for range limit {
		w := s.client.wire("/sse/events?channel=lleno")
		w.next("connected")
		first = append(first, w)
	}
	var took []time.Duration
	for i := range limit {
		took = append(took, refused(t, s, []string{"/sse/events", "/sse/metrics", "/sse/notifications/1"}[i%3], "server", limit))
	}
	slices.Sort(took)
	t.Logf("refused streams were closed after %v in the median, %v at most", took[len(took)/2], took[len(took)-1])
	if median := took[len(took)/2]; median > 2*time.Second {
		t.Errorf("refused streams were closed after %v in the median", median)
	}
	// htmx asks again at once after a stream that ends, and backs off after this.
	if status, text := s.client.ask(http.MethodGet, "/live", nil); status != http.StatusServiceUnavailable || !strings.Contains(text, "live connections") {
		t.Errorf("a page's stream : %d %s", status, text)
	}
	if n := s.client.streams(); n != limit {
		t.Errorf("the server counts %d streams, want %d", n, limit)
	}
	id := s.client.post("/sse/broadcast/lleno", fields{"text": "a los de antes"})["id"]
	for i, w := range first {
		if b := w.next(""); b.ID != id || !strings.Contains(b.Data, "a los de antes") {
			t.Errorf("stream %d got %+v, want event %s", i, b, id)
		}
	}

	first[0].leave()
	eventually(t, "a new stream to be possible", func() bool {
		b, err := s.client.wire("/sse/events?channel=lleno").blocks.Block()
		return err == nil && strings.Contains(b.Data, "connected")
	})
	refused(t, s, "/sse/events", "server", limit)
}

func TestLimitsPerAddress(t *testing.T) {
	t.Parallel()
	const limit = 10
	s := start(t, asRun("--max-streams-per-address", fmt.Sprint(limit)))
	for range limit {
		s.client.wire("/sse/events").next("connected")
	}
	refused(t, s, "/sse/events", "address", limit)
	neighbour := newClient(t, s.url)
	neighbour.http.Transport.(*http.Transport).DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext
	neighbour.wire("/sse/events").next("connected")
}

func TestLimitsPerUser(t *testing.T) {
	t.Parallel()
	const limit = 5
	s := start(t, asRun("--max-streams-per-user", fmt.Sprint(limit)))
	own := []string{"/sse/events?user_id=7", "/sse/notifications/7"}
	for i := range limit {
		s.client.wire(own[i%2])
	}
	for _, path := range own {
		refused(t, s, path, "user", limit)
	}
	s.client.wire("/sse/events?user_id=8").next("connected")
	s.client.wire("/sse/events").next("connected")
	s.client.wire("/live?user=7").next("hx-partial") // a page counts for no user: its user is a choice, not an identity
}

// refused wants a stream to be put off for a limit: 200, because any other
// status ends an EventSource for good, the limit in a comment, a long delay, and
// the connection's end. It returns how long that took.
func refused(t *testing.T, s *server, path, scope string, limit int) time.Duration {
	t.Helper()
	begun := time.Now()
	conn := dial(t, s)
	say(t, conn, "GET "+path+" HTTP/1.1\r\nHost: latido\r\n\r\n")
	text, err := io.ReadAll(conn)
	took := time.Since(begun)
	if err != nil {
		t.Fatalf("%s over a limit of the %s: %v after %q", path, scope, err, text)
	}
	response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(text))), nil)
	if err != nil {
		t.Fatalf("%s over a limit of the %s: %v in %q", path, scope, err, text)
	}
	defer response.Body.Close()
	blocks := eventsource.NewParser(response.Body, "")
	b, err := blocks.Block()
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream" || err != nil {
		t.Errorf("%s over a limit of the %s: %s %s, %v", path, scope, response.Status, kind, err)
	}
	if says := fmt.Sprintf("%d are open for this %s", limit, scope); !strings.Contains(strings.Join(b.Comments, ""), says) || b.Retry < 15*time.Second || b.Retry > 30*time.Second || b.HasData {
		t.Errorf("%s over a limit of the %s got %+v, want a comment with %q and a delay of 15 to 30 s", path, scope, b, says)
	}
	if b, err := blocks.Block(); err != io.EOF {
		t.Errorf("%s over a limit of the %s got %+v, %v after that", path, scope, b, err)
	}
	return took
}
