package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"latido/handlers/access"
)

// controlName is a running server's socket in its data folder, over which the other
// commands of this program use its HTTP API. The account of the server alone may
// open it.
const controlName = "control.sock"

// controlEnd is where a control server listens.
type controlEnd struct {
	net.Listener
	token   string       // what every request has to present; "" where the listener is protected itself
	release func() error // removes what clients find it by
}

// control serves the product's handler on the control socket, and takes its callers
// for the console. openControl makes one.
type control struct {
	end     *controlEnd // nil where there is none
	handler http.Handler
	log     *slog.Logger
}

// openControl begins to listen in the data folder, whose lock this process must hold:
// a socket that is there was left by a server that was killed, and is replaced. A
// server runs without a socket where there can be none. A node of a cluster has none:
// commands use the cluster's buckets.
func openControl(cfg serveConfig, handler http.Handler, log *slog.Logger) *control {
	c := &control{handler: handler, log: log}
	if cfg.cluster() != nil {
		return c
	}
	var err error
	if c.end, err = listenControl(cfg.Data); err != nil {
		c.end = nil
		log.Warn("no backup can be made, and no person or key managed by a command, while this server runs", "socket", controlName, "folder", cfg.Data, "error", err)
	}
	return c
}

// controlDrain is how long requests in progress may take to end, so that a command hears
// what it has changed.
const controlDrain = 2 * time.Second

// run serves until ctx ends and requests in progress have ended. A backup that takes
// longer is cut off, and its client sees that it is.
func (c *control) run(ctx context.Context) error {
	if c.end == nil {
		<-ctx.Done()
		return nil
	}
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var open sync.WaitGroup // connections, each with the request that it serves
	server := &http.Server{
		Handler:           asConsole(c.end.token, c.handler),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       5 * time.Second,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(c.log.Handler(), slog.LevelDebug),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Done()
			}
		},
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(c.end) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve %s: %w", controlName, err), c.end.release())
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(requests, controlDrain)
	defer cancel()
	_ = server.Shutdown(bound) // what it leaves open is closed next
	<-failed
	err := server.Close()
	cut()
	open.Wait()
	return errors.Join(err, c.end.release())
}

// asConsole has h take every request for the console's. With a token it refuses those
// that do not present it.
func asConsole(token string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token != "" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+token)) != 1 {
			http.Error(w, "this address is for the commands of latido", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r.WithContext(access.WithConsole(r.Context())))
	})
}
