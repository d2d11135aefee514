package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"latido/handlers"
	"latido/handlers/access"
	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/backup"
	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/streams"
	"latido/streams/demo"
	"latido/streams/task"
)

// parts is what a server consists of, wired and not yet running.
type parts struct {
	streams   *sse.Server
	listener  net.Listener
	store     *store
	directory *access.Directory
	nodes     *nodes
	hub       *hub.Hub
	tasks     *task.Runner
	producers *streams.Supervisor
	simulated *streams.Supervisor // of --demo: they run on one node
	pages     *handlers.Handler
	server    *http.Server
}

// close closes what was opened, the last one first.
func (p *parts) close() (err error) {
	if p.nodes != nil {
		p.nodes.close()
	}
	if p.store != nil {
		err = p.store.Close()
	}
	if p.listener != nil {
		_ = p.listener.Close() // the server closes it too
	}
	return err
}

// openParts opens the listener, the journal and the connection to other nodes, and
// wires everything. After an error nothing is open.
func openParts(ctx context.Context, cfg serveConfig, started time.Time, ownLogs *streams.Logs, log, audit *slog.Logger) (_ *parts, err error) {
	timings := &hub.Timings{}
	p := &parts{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if err := p.open(ctx, cfg, timings, log); err != nil {
		return nil, err
	}
	p.hub = hub.New(p.store, hub.Options{Logger: log, Timings: timings, MaxEventBytes: int(cfg.MaxBody) + eventSlack})
	p.tasks = task.New(p.hub, task.Config{Log: log})
	export, err := task.NewExport(p.tasks, p.store, task.ExportConfig{Dir: cfg.Data})
	if err != nil {
		return nil, fmt.Errorf("prepare exports: %w", err)
	}
	metrics := streams.NewMetrics(streams.MetricsConfig{Node: p.nodes.Name(), Log: log})
	if p.producers, err = streams.NewSupervisor(p.hub, log, metrics, ownLogs); err != nil {
		return nil, fmt.Errorf("prepare producers: %w", err)
	}
	if p.simulated, err = streams.NewSupervisor(p.hub, log, simulations(cfg)...); err != nil {
		return nil, fmt.Errorf("prepare simulated producers: %w", err)
	}
	var writeBackup func(context.Context, io.Writer) error
	if !cfg.shared() {
		writeBackup = func(ctx context.Context, w io.Writer) error {
			return backup.Write(ctx, p.store.Engine(), p.store.records, w, version)
		}
	}
	p.pages = handlers.New(handlers.Config{
		Hub: p.hub, Streams: p.streams, Access: p.directory, Origins: cfg.CORSOrigin, Jobs: jobs{p.tasks, export},
		Node: node{p.producers, p.simulated, cfg.shared(), metrics}, Cluster: p.nodes.cluster(), Logger: log, Audit: audit,
		Backup: writeBackup, Limits: cfg.limits(), MaxBody: cfg.MaxBody, Demo: cfg.Demo, Timings: timings, Version: version, Started: started,
	})
	p.server, err = newServer(cfg, p.pages, log)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// open opens what must be closed.
func (p *parts) open(ctx context.Context, cfg serveConfig, timings *hub.Timings, log *slog.Logger) (err error) {
	p.streams = sse.NewServer(sse.Options{
		MaxStreams: streamLimit(cfg.MaxStreams), MaxPerAddress: cfg.MaxStreamsPerAddress, MaxPerUser: cfg.MaxStreamsPerUser,
		Timings: timings, Logger: log,
	}, cfg.transports()...)
	if p.listener, err = listen(ctx, cfg.Addr, p.streams); err != nil {
		return err
	}
	p.store, err = openStore(ctx, journal.Config{
		Config:        engine.Config{Dir: journalDir(cfg.Data), Cluster: cfg.cluster(), Durability: cfg.Durability, ObserveSync: timings.Fsync.Observe, Logger: log},
		MaxAge:        cfg.RetainAge,
		EphemeralAge:  cfg.RetainSamples,
		MaxBytes:      int64(cfg.RetainBytes),
		MaxEventBytes: int(cfg.MaxBody) + eventSlack,
	})
	if err != nil {
		where := "the data folder " + cfg.Data
		if cfg.shared() {
			where = "the cluster"
		}
		return fmt.Errorf("open %s: %w", where, err)
	}
	if p.directory, err = cfg.directory(p.store, p.listener.Addr(), p.streams, log); err != nil {
		return err
	}
	p.nodes, err = openNodes(ctx, cfg, p.listener.Addr(), log)
	return err
}

// simulations are the producers of --demo.
func simulations(cfg serveConfig) []streams.Producer {
	if !cfg.Demo {
		return nil
	}
	return []streams.Producer{demo.NewTrading(0), demo.NewLogs(0),
		demo.NewNotifications(0)}
}
