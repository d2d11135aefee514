package main_test

import (
	"context"
	"html"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// intercept pauses the page's requests that match a pattern and hands each to
// decide, which must let it go on or fail. n counts them, from 1.
func (p *tab) intercept(pattern string, decide func(n int, id fetch.RequestID)) {
	p.Helper()
	paused := make(chan fetch.RequestID, 64)
	if err := chromedp.Listen(p.ctx, func(ev any) {
		if e, ok := ev.(*fetch.EventRequestPaused); ok {
			paused <- e.RequestID
		}
	}); err != nil {
		p.Fatal(err)
	}
	p.do(command(fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}}))
	ctx, cancel := context.WithCancel(context.Background())
	var deciding sync.WaitGroup
	deciding.Go(func() {
		for n := 1; ; n++ {
			select {
			case id := <-paused:
				decide(n, id)
			case <-ctx.Done():
				return
			}
		}
	})
	p.Cleanup(func() { cancel(); deciding.Wait() })
}

// connectURL is where a page says its stream is.
var connectURL = regexp.MustCompile(`hx-sse:connect="([^"]+)"`)

func liveURL(t testing.TB, text string) string {
	t.Helper()
	found := connectURL.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("the page names no stream: %s", text)
	}
	return html.UnescapeString(found[1])
}

func TestNothingFallsBetweenPageAndStream(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for _, path := range []string{"/", "/notifications"} {
		_, text := s.client.ask(http.MethodGet, path, nil, "Accept", "text/html")
		s.client.notify("Entre página y canal "+path, "m")
		live := s.client.follow(liveURL(t, text))
		live.until("Entre página y canal " + path)
		s.client.notify("Luego "+path, "m")
		live.until("Luego " + path)
	}
}

// More events than the stream replays one by one: it must send the whole state.
func TestManyEventsBetweenPageAndStream(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	_, text := s.client.ask(http.MethodGet, "/", nil, "Accept", "text/html")
	for range 300 {
		s.client.log("INFO", "relleno")
	}
	s.client.notify("La trescientas una", "m")
	s.client.follow(liveURL(t, text)).until("La trescientas una")
}

func TestNothingFallsBetweenPageAndStreamInTheBrowser(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/monitoring")
	release := make(chan struct{})
	waiting := make(chan struct{})
	p.intercept("*/live*", func(n int, id fetch.RequestID) {
		if n == 1 {
			close(waiting)
			<-release
		}
		send(p, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
	})
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo)
	p.open("/")
	receive(t, "the page's stream", waiting)
	p.same()
	s.client.notify("Mientras se abría", "m")
	s.client.log("ERROR", "mientras se abría")
	s.client.post("/sse/task-update", fields{"task_id": "mientras", "progress": 5, "status": "running", "message": "m"})
	if eval[bool](p, "!!"+row("Mientras se abría")) {
		t.Fatal("the page shows the event before its stream is open: this test proves nothing")
	}
	letGo()
	p.wait("everything that was missed", row("Mientras se abría")+" && "+logRow("mientras se abría")+" && "+task("mientras"))
	p.unchanged()
}
