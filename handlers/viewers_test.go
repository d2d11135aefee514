package handlers_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"latido/handlers"
	"latido/hub/hubtest/eventsource"
)

// TestViewersThatComeBackToAnotherProcess: thousands of pages come at once with a
// position of another process, while events go on. Each begins with everything it
// shows, which is drawn once for all that come between two drawings.
func TestViewersThatComeBackToAnotherProcess(t *testing.T) {
	viewers := 5000
	if testing.Short() {
		viewers = 500
	}
	r := newRig(t)
	for range 50 {
		r.post("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","service":"s","message":"before"}`)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	publishing, stop := context.WithCancel(ctx)
	var publisher sync.WaitGroup
	publisher.Go(func() {
		for publishing.Err() == nil {
			r.post("/sse/broadcast/logs?event=log_entry", `{"level":"INFO","service":"s","message":"meanwhile"}`)
			time.Sleep(20 * time.Millisecond) // a rate of posts, not a wait
		}
	})
	began := time.Now()
	var mu sync.Mutex
	drawn := map[[sha256.Size]byte]int{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(256)
	var open []net.Conn
	for i := range viewers {
		group.Go(func() error {
			conn, data, err := r.comeBack(ctx, []string{"es", "en"}[i%2], i)
			if err != nil {
				return fmt.Errorf("viewer %d: %w", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			open = append(open, conn)
			drawn[sha256.Sum256([]byte(data))]++
			return nil
		})
	}
	err := group.Wait()
	stop()
	publisher.Wait()
	for _, conn := range open {
		conn.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	ticks := int(time.Since(began)/(250*time.Millisecond)) + 2
	if len(drawn) > 2*ticks {
		t.Errorf("%d different drawings for %d viewers in two languages and %d turns", len(drawn), viewers, ticks)
	}
	t.Logf("%d viewers came back in %v: %d drawings in %d turns", viewers, time.Since(began).Round(time.Millisecond), len(drawn), ticks)
}

// comeBack opens a page's stream at a position of another process, and returns what
// it begins with.
func (r *rig) comeBack(ctx context.Context, lang string, i int) (net.Conn, string, error) {
	u, err := url.Parse(r.url)
	if err != nil {
		return nil, "", err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, "", err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, "", err
		}
	}
	fmt.Fprintf(conn, "GET /live?cards=logs,tasks&lang=%s&user=1&view=v%d&after=anotherrun00-7 HTTP/1.1\r\nHost: %s\r\nLast-Event-ID: anotherrun00-7\r\n\r\n", lang, i, u.Host)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, "", err
	}
	if response.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("status %d", response.StatusCode)
	}
	b, err := eventsource.NewParser(response.Body, "").Event()
	if err == nil && !strings.Contains(b.Data, `id="log-list"`) {
		err = fmt.Errorf("the stream begins with %.100q", b.Data)
	}
	if err != nil {
		return nil, "", err
	}
	// The heartbeat says the time, and so differs from second to second.
	_, cards, _ := strings.Cut(b.Data, `id="log-list"`)
	return conn, cards, nil
}

// TestLargeTasksDoNotFillMemory is what reviewers found: half a megabyte of POSTs
// with two pages open took half a gigabyte, because each event kept a drawing of
// the whole card.
func TestLargeTasksDoNotFillMemory(t *testing.T) {
	r := newRig(t, func(c *handlers.Config) { c.MaxBody = 256 << 10 })
	var pages []*stream
	for _, lang := range []string{"es", "en"} {
		s := r.open("/live?cards=tasks&lang=" + lang)
		s.next()
		pages = append(pages, s)
	}
	large := strings.Repeat("x", 100<<10)
	for i := range 4 {
		r.post("/sse/task-update", fmt.Sprintf(`{"task_id":"large%d","progress":1,"status":"runs","message":%q}`, i, large))
	}
	for _, s := range pages {
		s.until("task-list")
	}
	before := heap()
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	for i := range 400 {
		r.post("/sse/task-update", fmt.Sprintf(`{"task_id":"large%d","progress":%d,"status":"runs","message":"m"}`, i%4, i%100))
		if i%(400/rounds) == 0 {
			for _, s := range pages {
				s.until("task-list") // so that each round is drawn
			}
		}
	}
	if grown := int64(heap()) - int64(before); grown > 24<<20 {
		t.Errorf("404 POSTs with two pages open made the heap grow by %d MiB", grown>>20)
	}
}
