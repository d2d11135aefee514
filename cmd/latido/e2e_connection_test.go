package main_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestDisconnectAndConnect(t *testing.T) {
	t.Parallel()
	s := start(t, demo)
	p := visit(t, s, "/")
	p.wait("an open stream", has("#streams-body", "En marcha"))
	s.client.waitStreams(1)
	p.same()

	p.click(`form[data-form=connection] button[value=disconnect]`)
	p.wait("words about it", shown(".hb-off")+" && "+has(".hb-off", "Desconectado")+` && `+has("#status", "Desconectado: esta página ya no recibe datos"))
	if n := eval[int](p, `[...document.querySelectorAll("#streams-body dd")].filter(e => e.textContent.trim() === "Desconectado").length`); n != 5 {
		t.Errorf("%d of 5 sources are called disconnected", n)
	}
	s.client.waitStreams(0)

	// A stream of our own tells when an event is out.
	listener := s.client.follow("/sse/notifications/1")
	s.client.notify("Mientras tanto", "m")
	listener.until("Mientras tanto")
	if eval[bool](p, "!!"+row("Mientras tanto")) {
		t.Error("a disconnected page shows what came after")
	}
	if n := s.client.streams(); n != 1 {
		t.Errorf("the server counts %d streams, want the test's own only", n)
	}

	p.click(`form[data-form=connection] button[value=connect]`)
	p.wait("what was missed", row("Mientras tanto"))
	p.wait("words about it", shown(".hb-live")+" && !"+one(".hb-off")+" && "+has("#streams-body", "En marcha"))
	s.client.waitStreams(2)
	s.client.notify("De nuevo", "m")
	p.wait("live events", row("De nuevo"))
	if n := eval[int](p, `[...document.querySelectorAll("#notif-list .note-title")].filter(e => e.textContent === "Mientras tanto").length`); n != 1 {
		t.Errorf("what was missed is there %d times", n)
	}
	p.unchanged()
}

func TestReconnectOpensAnotherStream(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	p.same()
	p.click(`form[data-form=connection] button[value=reconnect]`)
	p.respondedAlready("/live", 2)
	s.client.waitStreams(1)
	s.client.notify("Por la nueva", "m")
	p.wait("live events", row("Por la nueva"))
	p.wait("the heartbeat", shown(".hb-live"))
	p.unchanged()
}

// respondedAlready waits until the page has asked n times for a path. It counts
// what the browser noted of each request, streams that still run too.
func (p *tab) respondedAlready(path string, n int) {
	p.Helper()
	eventually(p, "requests for "+path, func() bool { return p.requests(path) >= n })
}

func TestConnectTwiceKeepsOneStream(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	for n := 2; n <= 4; n++ {
		p.click(`form[data-form=connection] button[value=connect]`)
		p.respondedAlready("/live", n)
		s.client.waitStreams(1)
	}
	s.client.notify("Una vez", "m")
	p.wait("the notification", row("Una vez"))
	if n := eval[int](p, count("#notif-list > li")); n != 1 {
		t.Errorf("the notification is there %d times", n)
	}
}

func TestStatisticsCountThePagesStream(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	listener := s.client.follow("/sse/events?channel=algo")
	listener.until("connected")
	p.same()
	p.click("#card-stats form button")
	p.wait("both streams in the figures", `document.querySelector("#stats-body dd").textContent.trim() === "2"`)
	p.wait("the channel", `[...document.querySelectorAll("#stats-body tbody th")].some(e => e.textContent.trim() === "algo")`)
	p.unchanged()
}

// Browsers keep the pages one has left, for the way back. Were their streams
// kept too, the sixth page would find no connection free: HTTP/1.1 gets six.
func TestLeavingThePageEndsItsStream(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	for i := range 8 {
		s.client.waitStreams(1)
		p.open(pages[i%3])
	}
	s.client.waitStreams(1)
	p.do(chromedp.NavigateBack())
	p.wait("a live page on the way back", alive)
	s.client.waitStreams(1)
	p.do(chromedp.Navigate("about:blank"))
	s.client.waitStreams(0)
}
