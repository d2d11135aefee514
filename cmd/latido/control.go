package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"latido/hub/kv"
)

// controlName is a running server's socket in its data folder, over which the
// other commands of this program ask things of it. It needs no port and no
// password: who may open it is who runs the server.
const controlName = "control.sock"

const (
	// controlStall is how long whoever fetches a backup may take nothing.
	controlStall = 2 * time.Minute
	// controlWait is how long a running server may take to begin an answer.
	controlWait = 30 * time.Second
)

// controlled is the part of a journal that the control socket offers.
type controlled interface {
	Backup(ctx context.Context, w io.Writer, version string) error
	Records() kv.Store
}

// control answers on the socket. openControl makes one.
type control struct {
	listener net.Listener // nil when there is none
	release  func() error // takes the socket away
	store    controlled
	log      *slog.Logger
	audit    *slog.Logger // who changed who may do what

	busy  sync.Mutex   // held by the one backup that may run
	going sync.RWMutex // read-locked by every answer, locked for good at the end
}

// openControl begins to listen in the data folder, which must be this process's
// by the journal's lock: a socket that lies there is from a server that was
// killed, and is replaced. A server serves without a socket where there can be
// none; and those of a cluster need none, because it has backups of its own.
func openControl(cfg serveConfig, store controlled, log, audit *slog.Logger) *control {
	c := &control{store: store, log: log, audit: audit}
	if cfg.cluster() != nil {
		return c
	}
	var err error
	if c.listener, c.release, err = listenControl(cfg.Data); err != nil {
		log.Warn("no backup can be made, and no person or key managed by a command, while this server runs", "socket", controlName, "folder", cfg.Data, "error", err)
	}
	return c
}

// run answers until ctx ends. A backup that is in progress then is cut off, and
// its taker sees that it is.
func (c *control) run(ctx context.Context) error {
	if c.listener == nil {
		<-ctx.Done()
		return nil
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /backup", c.backup)
	recordRoutes(routes, c.store.Records(), c.audit)
	server := &http.Server{
		Handler:           c.counted(routes),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       5 * time.Second,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(c.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(c.listener) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve %s: %w", controlName, err), c.release())
	case <-ctx.Done():
	}
	err := server.Close()
	<-failed
	c.going.Lock() // for good: what was asked has ended then, and nothing begins
	return errors.Join(err, c.release())
}

// counted answers as long as the socket is served.
func (c *control) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.going.TryRLock() {
			panic(http.ErrAbortHandler) // the server is ending
		}
		defer c.going.RUnlock()
		h.ServeHTTP(w, r)
	})
}

// backup answers GET /backup with a backup file. One that fails after its first
// byte is cut off; the file's own end tells.
func (c *control) backup(w http.ResponseWriter, r *http.Request) {
	if !c.busy.TryLock() {
		http.Error(w, "another backup is running", http.StatusTooManyRequests)
		return
	}
	defer c.busy.Unlock()
	begun := time.Now()
	out := &stallLimited{out: w, control: http.NewResponseController(w)}
	err := c.store.Backup(r.Context(), out, version)
	switch {
	case err == nil:
		c.log.Info("backup written", "bytes", out.n, "took", time.Since(begun).Round(time.Millisecond))
	case out.n == 0:
		c.log.Error("backup failed", "error", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		c.log.Warn("backup ended early", "bytes", out.n, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// stallLimited counts what it passes on, and gives up on a reader that takes
// nothing for controlStall.
type stallLimited struct {
	out     io.Writer
	control *http.ResponseController
	n       int64
}

func (s *stallLimited) Write(p []byte) (int, error) {
	if err := s.control.SetWriteDeadline(time.Now().Add(controlStall)); err != nil {
		return 0, err
	}
	n, err := s.out.Write(p)
	s.n += int64(n)
	return n, err
}

// errNoServer is the end of asking a server that does not listen.
var errNoServer = errors.New("no server answers")

// controlClient asks the server that runs on a data folder; errors wrap errNoServer
// where none does.
func controlClient(data string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := dialControl(ctx, data)
			if err != nil {
				err = fmt.Errorf("%w on %s in %s: %w", errNoServer, controlName, data, err)
			}
			return conn, err
		},
		DisableKeepAlives:     true,
		ResponseHeaderTimeout: controlWait,
	}}
}

// fetchBackup has the server that runs on a data folder write its backup to w.
func fetchBackup(ctx context.Context, data string, w io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://latido/backup", nil)
	if err != nil {
		return err
	}
	response, err := controlClient(data).Do(request)
	if err != nil {
		return fmt.Errorf("ask the server for a backup: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10)) // as much as there is
		return fmt.Errorf("the server refuses: %s", firstLine(text))
	}
	if _, err = io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("fetch the server's backup: %w", err)
	}
	return nil
}
