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

	going sync.RWMutex // read-locked by every request, locked for good at the end
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

// run serves until ctx ends. A backup that is in progress then is cut off, and its
// client sees that it is.
func (c *control) run(ctx context.Context) error {
	if c.end == nil {
		<-ctx.Done()
		return nil
	}
	server := &http.Server{
		Handler:           c.counted(asConsole(c.end.token, c.handler)),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       5 * time.Second,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(c.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(c.end) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve %s: %w", controlName, err), c.end.release())
	case <-ctx.Done():
	}
	err := server.Close()
	<-failed
	c.going.Lock() // for good: every request has ended then, and none begins
	return errors.Join(err, c.end.release())
}

// counted serves requests until run ends.
func (c *control) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.going.TryRLock() {
			panic(http.ErrAbortHandler) // the server is ending
		}
		defer c.going.RUnlock()
		h.ServeHTTP(w, r)
	})
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
