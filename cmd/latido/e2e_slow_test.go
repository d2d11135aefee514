package main_test

import (
	"io"
	"strings"
	"testing"
)

// TestSlowHeadersAreCutOff: a client that begins a request and never ends its
// headers would hold a connection for ever.
func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	conn := dial(t, s)
	say(t, conn, "GET / HTTP/1.1\r\nHost: latido\r\nX-Slow: ")
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection is still open: %v", err)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	conn := dial(t, s)
	say(t, conn, "GET / HTTP/1.1\r\nHost: latido\r\nX-Large: "+strings.Repeat("x", 24<<10)+"\r\n\r\n")
	response, err := io.ReadAll(conn)
	if !strings.HasPrefix(string(response), "HTTP/1.1 431 ") {
		t.Errorf("the response is %.100q, %v", response, err)
	}
}
