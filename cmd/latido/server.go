package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/conn"
	"latido/handlers/sse/epoll"
)

// transports are the ways in which streams are written, the first choice first.
func (c serveConfig) transports() []sse.NewTransport {
	if c.OrdinaryStreams {
		return []sse.NewTransport{conn.New}
	}
	return []sse.NewTransport{epoll.New, conn.New}
}

// listen opens the address. TCP keep-alives are off: streams have pings, and
// other connections end after IdleTimeout, so four system calls for each
// connection would bring nothing.
func listen(ctx context.Context, addr string, streams *sse.Server) (net.Listener, error) {
	tuned := net.ListenConfig{KeepAlive: -1, Control: streams.Control}
	l, err := tuned.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("another program uses it: stop that one, or choose another address with --addr (%w)", syscall.EADDRINUSE)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l, nil
}

// newServer makes the HTTP server: HTTPS with HTTP/2 when there is a
// certificate.
func newServer(cfg serveConfig, handler http.Handler, log *slog.Logger) (*http.Server, error) {
	server := &http.Server{
		Handler:           handler,
		ConnContext:       epoll.ConnContext,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if cfg.TLSCert == "" {
		return server, nil
	}
	pair, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("load the certificate --tls-cert %s with --tls-key %s: %w", cfg.TLSCert, cfg.TLSKey, err)
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: maxHTTP2Streams}
	return server, nil
}

// maxHTTP2Streams is how many requests, and so streams, one HTTP/2 connection
// may hold open.
const maxHTTP2Streams = 1000

// serve serves requests until ctx ends. Then no connection is accepted, and streams
// and requests in flight get the drain time to end: Shutdown waits for the requests
// while the streams are ended, which do not end by themselves.
func serve(ctx context.Context, server *http.Server, l net.Listener, streams *sse.Server, drain time.Duration) error {
	failed := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			failed <- server.ServeTLS(l, "", "")
			return
		}
		failed <- server.Serve(l)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	drained := make(chan error, 1)
	go func() { drained <- streams.Drain(bound) }()
	if err := server.Shutdown(bound); err != nil {
		// What is still open had the drain time; closing it is not a failure.
		err = server.Close()
		<-drained
		return err
	}
	if err := <-drained; err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// scheme is how browsers reach the server.
func (c serveConfig) scheme() string {
	if c.TLSCert != "" {
		return "https"
	}
	return "http"
}
