package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"latido/cmd/latido/control"
	"latido/handlers/access"
	"latido/hub/cluster"
	"latido/streams"
)

// Run is the server from its start to its end: what is opened, what is started, and
// in which order it stops. It returns nil after ctx has ended and everything has
// stopped.
func (c serveConfig) Run(ctx context.Context, t *terminal) (err error) {
	started := time.Now()
	if err := c.check(); err != nil {
		return err
	}
	stopProfile, err := startProfile(c.CPUProfile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopProfile()) }()
	ownLogs := streams.NewLogs(streams.LogsConfig{})
	toStderr := slog.NewTextHandler(t.errout, &slog.HandlerOptions{Level: c.LogLevel, ReplaceAttr: streams.MaskSecrets})
	log := slog.New(ownLogs.Handler(toStderr))
	// Access to the channel logs does not include the audit log.
	audit := slog.New(toStderr)

	p, err := openParts(ctx, c, started, ownLogs, log, audit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()

	running := newLifetimes(ctx)
	defer func() { err = errors.Join(err, running.stop()) }() // the last one first
	running.start("access", p.directory.Run)
	if err := c.awaitAccess(running.over, p.directory); err != nil {
		return err
	}
	running.start("hub", p.hub.Run)
	running.start("cards", p.pages.Run)
	running.start("tasks", p.tasks.Run)
	running.start("producers", p.producers.Run)
	if c.Demo {
		running.start("simulated producers", func(ctx context.Context) error { return p.nodes.once(ctx, "simulated", p.simulated.Run) })
	}
	running.start("nodes", func(ctx context.Context) error {
		return p.nodes.run(ctx, func() cluster.Report {
			return cluster.NewReport(p.nodes.Name(), version, started, p.hub, p.streams.Stats().Deliveries)
		})
	})
	c.startControl(running, p.server.Handler, log)
	running.start("server", func(ctx context.Context) error {
		return serve(ctx, p.server, p.listener, p.streams, c.Drain)
	})

	c.logDurability(log)
	logAccess(c.accessConfig, p.directory, log)
	log.Info("listening", "url", c.scheme()+"://"+p.listener.Addr().String(), "data", c.Data, "demo", c.Demo, "max_streams", streamLimit(c.MaxStreams), "version", version)
	debug.FreeOSMemory() // what the start alone needed: flags, texts, buffers of the store
	<-running.over.Done()
	log.Info("stopping")
	return nil
}

// startControl begins to serve the other commands, whom the handler takes for the
// console. A server runs without where there can be no socket. A node of a cluster has
// none: commands use the cluster's buckets.
func (c serveConfig) startControl(running *lifetimes, handler http.Handler, log *slog.Logger) {
	if c.shared() {
		return
	}
	l, err := control.Listen(c.Data)
	if err != nil {
		log.Warn("no backup can be made, and no person or key managed by a command, while this server runs", "socket", control.SocketName, "folder", c.Data, "error", err)
		return
	}
	asConsole := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(access.WithConsole(r.Context())))
	})
	running.start("control socket", func(ctx context.Context) error { return l.Serve(ctx, asConsole, log) })
}

// startProfile writes a CPU profile to a file until stop is called. Without a name
// it does nothing.
func startProfile(name string) (stop func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("write a CPU profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("start a CPU profile: %w", err), f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
