package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"

	"latido/handlers/access"
	"latido/handlers/sse"
)

// doorsConfig is who gets in.
type doorsConfig struct {
	Open        bool     `help:"Let in everybody who reaches the address, also from other machines."`
	JWTKey      string   `name:"jwt-key" placeholder:"FILE" help:"Keys of an issuer whose JWTs are accepted: a JWK set, PEM public keys, or a secret for HS256."`
	JWTAudience string   `name:"jwt-audience" default:"latido" placeholder:"NAME" help:"What aud of these JWTs must name (${default})."`
	CORSOrigin  []string `name:"cors-origin" placeholder:"ORIGIN,…" help:"Sites whose pages may use the API from a browser, such as https://app.example.org."`
}

// check answers every complaint.
func (c doorsConfig) check() (all []error) {
	if err := readable(c.JWTKey); err != nil {
		all = append(all, fmt.Errorf("%w: --jwt-key: %v", errUsage, err))
	}
	for _, text := range c.CORSOrigin {
		// As browsers send it (RFC 6454, section 6.1): nothing after the port.
		if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ToLower(u.Scheme+"://"+u.Host) != text {
			all = append(all, fmt.Errorf("%w: --cors-origin %q is not like https://app.example.org", errUsage, text))
		}
	}
	return all
}

// directory makes what knows who may do what. On an address that this machine
// alone can reach everything is open until somebody has been let in by name.
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
	return access.New(store.Records(), opt), nil
}

// errNobody is why a server that others could reach does not start.
var errNobody = errors.New("nobody has been let in yet")

// admit waits until it is known who may come in, or ctx ends, and refuses to begin
// where that is nobody.
func (c serveConfig) admit(ctx context.Context, d *access.Directory) error {
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
	return fmt.Errorf("%w: other machines can reach %s, and %w. Type: latido setup %s, which makes the first administrator; or add --open to let everybody in",
		errUsage, c.Addr, errNobody, where)
}

// isLoopback reports whether this machine alone can reach an address.
func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// sayDoors tells who gets in.
func sayDoors(c doorsConfig, d *access.Directory, log *slog.Logger) {
	switch {
	case c.Open:
		log.Warn("access", "mode", "open", "meaning", "everybody who reaches this address may read and send everything (--open)")
	case d.IsOpen():
		log.Info("access", "mode", "open on this machine", "meaning", "whoever is on this machine may read and send everything, until latido setup makes an administrator")
	default:
		log.Info("access", "mode", "closed", "meaning", "people, API keys and tokens that are known get in")
	}
}
