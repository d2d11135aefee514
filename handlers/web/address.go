package web

import (
	"net/http"
	"net/netip"
)

// ClientAddr returns the address of the client, IPv4 as such; the zero Addr where
// the connection has none.
func ClientAddr(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr().Unmap()
}

// ClientNetwork returns what rates count the client by: its IPv4 address, or the 64
// bits of its IPv6 network, all of which one subscriber has. A client without an IP
// address gets the zero Prefix.
func ClientNetwork(r *http.Request) netip.Prefix {
	addr := ClientAddr(r)
	bits := addr.BitLen()
	if addr.Is6() && !addr.IsLoopback() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails for the zero Addr alone
	return p
}

// clientName is the address as logs have it, "" where there is none.
func clientName(r *http.Request) string {
	if addr := ClientAddr(r); addr.IsValid() {
		return addr.String()
	}
	return ""
}

// IsTLS reports whether the client reached this server over TLS.
func IsTLS(r *http.Request) bool { return r.TLS != nil }
