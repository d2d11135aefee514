package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"latido/hub/cluster"
	"latido/streams"
)

// run is the server from its start to its end: what is opened, what is started, and
// in which order it stops. It returns nil after ctx has ended and everything has
// stopped.
func run(ctx context.Context, cfg serveConfig, stderr io.Writer) (err error) {
	started := time.Now()
	if err := cfg.check(); err != nil {
		return err
	}
	stopProfile, err := startProfile(cfg.CPUProfile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopProfile()) }()
	ownLogs := streams.NewLogs(streams.LogsConfig{})
	toStderr := slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: cfg.LogLevel, ReplaceAttr: streams.MaskSecrets})
	log := slog.New(ownLogs.Handler(toStderr))
	// Access to the channel logs does not include the audit log.
	audit := slog.New(toStderr)

	p, err := openParts(ctx, cfg, started, ownLogs, log, audit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()

	running := newLifetimes(ctx)
	defer func() { err = errors.Join(err, running.stop()) }() // the last one first
	running.start("access", p.directory.Run)
	if err := cfg.awaitAccess(running.over, p.directory); err != nil {
		return err
	}
	commands := openControl(cfg, p.server.Handler, log)
	running.start("hub", p.hub.Run)
	running.start("cards", p.pages.Run)
	running.start("tasks", p.tasks.Run)
	running.start("producers", p.producers.Run)
	if cfg.Demo {
		running.start("simulated producers", func(ctx context.Context) error { return p.nodes.once(ctx, "simulated", p.simulated.Run) })
	}
	running.start("nodes", func(ctx context.Context) error {
		return p.nodes.run(ctx, func() cluster.Report {
			return cluster.NewReport(p.nodes.Name(), version, started, p.hub, p.streams.Stats().Deliveries)
		})
	})
	running.start("control socket", commands.run)
	running.start("server", func(ctx context.Context) error {
		return serve(ctx, p.server, p.listener, p.streams, cfg.Drain)
	})

	cfg.logDurability(log)
	logAccess(cfg.accessConfig, p.directory, log)
	log.Info("listening", "url", cfg.scheme()+"://"+p.listener.Addr().String(), "data", cfg.Data, "demo", cfg.Demo, "max_streams", streamLimit(cfg.MaxStreams), "version", version)
	<-running.over.Done()
	log.Info("stopping")
	return nil
}
