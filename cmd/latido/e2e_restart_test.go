package main_test

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
)

// lost and alive are what a page shows of its connection.
var (
	lost  = shown(".hb-lost") + " && " + shown(".hb-banner") + " && !" + shown(".hb-live") + " && " + has(".hb-banner", "Sin conexión con el servidor desde las")
	alive = shown(".hb-live") + " && !" + shown(".hb-lost") + " && !" + shown(".hb-banner")
)

func TestPageSurvivesTheServersDeath(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	p.wait("a live page", alive)
	s.client.waitStreams(1)
	s.client.notify("Antes", "m")
	p.wait("a live event", row("Antes"))
	p.same()
	p.expect("ERR_CONNECTION_REFUSED")
	p.expect("ERR_INCOMPLETE_CHUNKED_ENCODING")
	p.expect("ERR_CONNECTION_RESET")
	p.expect("ERR_EMPTY_RESPONSE")
	p.expect("htmx:sse:error")
	p.expect("status of 503") // while the server that is back still reads its journal

	s.kill()
	took := p.waitFor(20*time.Second, "words about the lost server", lost)
	t.Logf("the page says that the server is lost %v after its death", took)
	if took < 5*time.Second {
		t.Errorf("the page gave the server up after %v; a heartbeat comes every 5 s", took)
	}
	p.wait("cards that say they are old", shown("#age-metrics .age-stale")+" && "+shown("#age-stats .age-stale")+" && !"+shown("#age-logs .age-live"))
	p.wait("sources that say they are lost", `[...document.querySelectorAll("#streams-body .age-stale")].filter(e => e.checkVisibility({visibilityProperty: true})).length === 5`)

	again := start(t, setup{dir: s.dir, addr: s.url[len("http://"):]})
	again.client.notify("Entremedias", "m")
	t.Logf("published while %d pages were connected", again.client.streams())
	took = p.waitFor(30*time.Second, "the page to live again", alive)
	t.Logf("the page lives again %v after the server is back", took)
	p.wait("what was posted in between", row("Entremedias")+" && "+row("Antes"))
	p.wait("words about it", has("#status", "Conexión restablecida")+" || "+has("#status", "Entremedias"))
	again.client.notify("Después", "m")
	p.wait("live events", row("Después"))
	p.wait("figures that move again", shown("#age-metrics .age-live")+" && "+shown("#streams-body .age-live")+" && !"+shown("#streams-body .age-stale"))
	for _, title := range []string{"Antes", "Entremedias", "Después"} {
		if n := eval[int](p, `[...document.querySelectorAll("#notif-list .note-title")].filter(e => e.textContent === `+quote(title)+`).length`); n != 1 {
			t.Errorf("%q is there %d times", title, n)
		}
	}
	p.unchanged()
}

// htmx does not retry a stream whose first connection fails; the page must.
func TestFirstConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/monitoring")
	p.expect("ERR_CONNECTION_REFUSED")
	p.expect("Failed to fetch")
	p.intercept("*/live*", func(n int, id fetch.RequestID) {
		if n == 1 {
			send(p, fetch.FailRequest, fetch.FailRequestParams{RequestID: id, ErrorReason: network.ErrorReasonConnectionRefused})
			return
		}
		send(p, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
	})
	p.open("/")
	p.waitFor(25*time.Second, "another try", `document.querySelector("#conn") && `+shown(".hb-live"))
	s.client.waitStreams(1)
	s.client.notify("Al segundo intento", "m")
	p.wait("live events", row("Al segundo intento"))
	p.wait("a page that is alive", alive)
}
