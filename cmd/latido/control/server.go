package control

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// SocketName is the socket in the data folder.
const SocketName = "control.sock"

// drain is how long requests in progress may take to end, so that a command receives
// the result of a change.
const drain = 2 * time.Second

// Listener is where a server listens for commands. Listen makes one.
type Listener struct {
	net.Listener
	token string // what every request has to present; "" where the listener is protected itself
	path  string // the file that clients find it by, which Serve removes
}

// Serve serves requests until ctx ends and requests in progress have ended. What takes
// longer than drain, such as a backup, is cut off, and its client sees that it is.
func (l *Listener) Serve(ctx context.Context, handler http.Handler, log *slog.Logger) error {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var open sync.WaitGroup // connections, each with the request that it serves
	server := &http.Server{
		Handler:           l.authorized(handler),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       5 * time.Second,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
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
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve commands: %w", err), os.Remove(l.path))
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(requests, drain)
	defer cancel()
	_ = server.Shutdown(bound) // what it leaves open is closed next
	<-failed
	err := server.Close()
	cut()
	open.Wait()
	return errors.Join(err, os.Remove(l.path))
}

// authorized refuses requests that do not present the token, where there is one.
func (l *Listener) authorized(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.token != "" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+l.token)) != 1 {
			http.Error(w, "this address is for the commands of latido", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}
