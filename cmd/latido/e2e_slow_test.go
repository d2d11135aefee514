package main_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestSlowHeadersAreCutOff: a client that begins a request and never ends its
// headers would hold a connection for ever.
func TestSlowHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: latido\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection is still open: %v", err)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: latido\r\nX-Large: "+strings.Repeat("x", 24<<10)+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := io.ReadAll(conn)
	if !strings.HasPrefix(string(response), "HTTP/1.1 431 ") {
		t.Errorf("the response is %.100q, %v", response, err)
	}
}
