package main_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestBroadcastFormReachesItsChannel(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	listener := s.client.follow("/sse/events?channel=" + "sala%20n.%C2%BA%201")
	listener.until(`"connected"`)
	p.same()
	p.write("#broadcast-channel", "sala n.º 1")
	p.write("#broadcast-message", `hola "mundo" & <todos>`)
	p.click(`form[data-form=broadcast] button[type=submit]`)
	got := listener.until(`"broadcast"`)
	for _, part := range []string{`"message":"hola \"mundo\" & <todos>"`, `"channel":"sala n.º 1"`, `"sender":null`} {
		if !strings.Contains(got, part) {
			t.Errorf("the event lacks %s: %s", part, got)
		}
	}
	p.wait("the result in the form", shown("#result-broadcast .result[data-ok=true]")+" && "+has("#result-broadcast", "sala n.º 1"))
	p.unchanged()
}

func TestBroadcastFormRefusesABadChannel(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	p.expect("422")
	before := s.client.position()
	p.write("#broadcast-channel", "a*b")
	p.write("#broadcast-message", "no debe salir")
	p.click(`form[data-form=broadcast] button[type=submit]`)
	p.wait("the error in the form", shown("#result-broadcast .result[data-ok=false]")+" && "+has("#result-broadcast", "de 1 a 128 bytes"))
	if text := eval[string](p, one("#broadcast-message")+".value"); text != "no debe salir" {
		t.Errorf("after the error the form holds %q; what was typed should stay", text)
	}
	// Every event takes the next number, so a hole is an event too many. Samples
	// of the machine and the server's own log may come in between.
	after := s.client.position()
	own := 0
	for _, channel := range []string{"metrics", "logs"} {
		for _, e := range s.client.history(channel, before) {
			if sequence(t, e.ID) < sequence(t, after) {
				own++
			}
		}
	}
	if n := sequence(t, after) - sequence(t, before) - 1; n != own {
		t.Errorf("%d events were published meanwhile, %d of them by the server itself", n, own)
	}
}

// position publishes an event to a channel of no other use and returns its id.
func (c client) position() string {
	c.Helper()
	id, _ := c.post("/sse/broadcast/position", fields{})["id"].(string)
	return id
}

func sequence(t *testing.T, id string) int {
	t.Helper()
	_, text, _ := strings.Cut(id, "-")
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%q is not the id of an event", id)
	}
	return n
}

// What a page of another site makes a browser send must not count.
func TestPostFromAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	status, text := s.client.ask(http.MethodPost, "/sse/notify/1", fields{"title": "a", "message": "b"},
		"Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site")
	if status != http.StatusForbidden {
		t.Errorf("a cross-site POST got %d: %s", status, text)
	}
}
