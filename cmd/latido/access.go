package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"latido/handlers/access"
	"latido/handlers/sse"
)

// directory returns the directory of people and keys. On a loopback address access is
// open until the first administrator exists.
func (c serveConfig) directory(store *store, addr net.Addr, streams *sse.Server, log *slog.Logger) (*access.Directory, error) {
	opt := access.Options{Mode: access.Closed, Tickets: store.tickets, Logins: c.logins(), Closed: streams.EndAll, Logger: log}
	switch {
	case c.Open:
		opt.Mode = access.Open
	case isLoopback(addr):
		opt.Mode = access.Local
	}
	if c.JWTKey != "" {
		keys, err := os.ReadFile(c.JWTKey)
		if err == nil {
			opt.Issuer, err = access.NewIssuer(keys, c.JWTAudience)
		}
		if err != nil {
			return nil, fmt.Errorf("read --jwt-key %s: %w", c.JWTKey, err)
		}
	}
	return access.New(store.records, opt), nil
}

// awaitAccess waits until the directory has been read, or ctx ends. It returns an
// error where nobody could log in and access is not open.
func (c serveConfig) awaitAccess(ctx context.Context, d *access.Directory) error {
	select {
	case <-d.Ready():
	case <-ctx.Done():
		return nil
	}
	if d.IsOpen() || d.Configured() {
		return nil
	}
	where := "--data " + c.Data
	if c.shared() {
		where = "with the same --nats-url"
	}
	return fmt.Errorf("%w: other machines can reach %s, and nobody has access yet. Type: latido setup %s, which makes the first administrator; or add --open to give everybody access",
		errUsage, c.Addr, where)
}

// isLoopback reports whether addr is a loopback address.
func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// logAccess logs who has access.
func logAccess(c accessConfig, d *access.Directory, log *slog.Logger) {
	switch {
	case c.Open:
		log.Warn("access", "mode", "open", "meaning", "anyone who reaches this address may read and send everything (--open)")
	case d.IsOpen():
		log.Info("access", "mode", "open on this machine", "meaning", "any program on this machine may read and send everything, until latido setup makes an administrator")
	default:
		log.Info("access", "mode", "closed", "meaning", "only known people, API keys and tokens have access")
	}
}
