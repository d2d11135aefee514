package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// target is the server that is measured, and the requests to it.
type target struct {
	base     string
	host     string // for the Host field
	addr     netip.AddrPort
	cfg      config
	header   http.Header
	channels []string
}

// aim finds the server's address and names the channels of a new run.
func aim(ctx context.Context, cfg config) (*target, error) {
	u, err := url.Parse(cfg.URL)
	if err == nil && (u.Scheme != "http" || u.Host == "") {
		err = errors.New("it is not http://HOST:PORT")
	}
	if err != nil {
		return nil, fmt.Errorf("read the address %q: %w", cfg.URL, err)
	}
	header, err := cfg.header()
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("read the port of %q: %w", cfg.URL, err)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	t := &target{base: strings.TrimSuffix(cfg.URL, "/"), host: u.Host, cfg: cfg, header: header}
	// localhost is both; servers mostly listen on the older one.
	for _, a := range addrs {
		if !t.addr.IsValid() || a.Unmap().Is4() && !t.addr.Addr().Is4() {
			t.addr = netip.AddrPortFrom(a.Unmap(), uint16(number))
		}
	}
	run := strings.ToLower(rand.Text()[:10])
	for i := range cfg.Channels {
		t.channels = append(t.channels, fmt.Sprintf("bench-%s-%d", run, i))
	}
	return t, nil
}

// local reports whether the server is on this machine.
func (t *target) local() bool {
	if t.addr.Addr().IsLoopback() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == t.addr.Addr() {
			return true
		}
	}
	return false
}

// subscription is the request that opens a stream of a channel.
func (t *target) subscription(channel int) ([]byte, error) {
	u, err := url.Parse(t.fill(t.cfg.SubscribePath, channel))
	if err != nil {
		return nil, fmt.Errorf("read the path for subscribers: %w", err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n", u.RequestURI(), t.host)
	if err := t.header.Write(&b); err != nil {
		return nil, fmt.Errorf("write the header: %w", err)
	}
	b.WriteString("\r\n")
	return b.Bytes(), nil
}

// publication is the address that takes events for a channel.
func (t *target) publication(channel int) string { return t.fill(t.cfg.PublishPath, channel) }

func (t *target) fill(path string, channel int) string {
	return t.base + strings.ReplaceAll(path, "{channel}", url.PathEscape(t.channels[channel]))
}
