package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"latido/handlers"
	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/journal"
	"latido/streams"
	"latido/streams/demo"
	"latido/streams/task"
)

// run is every lifetime of the program on one page. What is started first stops
// last: the journal outlives the hub, the hub the producers, and they the door.
// It returns nil after ctx has ended and everything has stopped.
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
	// Who did what is not for everybody who may read the channel logs.
	audit := slog.New(toStderr)

	maxStreams := streamLimit(cfg.MaxStreams)
	door := sse.NewServer(sse.Options{
		MaxStreams: maxStreams, MaxPerAddress: cfg.MaxStreamsPerAddress, MaxPerUser: cfg.MaxStreamsPerUser,
		Ordinary: cfg.OrdinaryStreams, Logger: log,
	})
	listener, err := listen(ctx, cfg.Addr, door)
	if err != nil {
		return err
	}
	defer listener.Close()

	store, err := journal.Open(ctx, journal.Config{
		Dir: journalDir(cfg.Data), Cluster: cfg.cluster(), Durability: cfg.Durability,
		MaxAge: cfg.RetainAge, SampleAge: cfg.RetainSamples, MaxBytes: int64(cfg.RetainBytes),
		MaxEventBytes: int(cfg.MaxBody) + eventSlack, Logger: log,
	})
	if err != nil {
		return fmt.Errorf("open %s: %w", cfg.keeper(), err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	doors, err := cfg.directory(store, listener.Addr(), door, log)
	if err != nil {
		return err
	}
	nodes, err := openNodes(ctx, cfg, listener.Addr(), log)
	if err != nil {
		return err
	}
	defer nodes.close()

	h := hub.New(store, hub.Options{Logger: log, MaxEventBytes: int(cfg.MaxBody) + eventSlack})
	tasks := task.New(h, task.Config{Log: log})
	export, err := task.NewExport(tasks, store, task.ExportConfig{Dir: cfg.Data})
	if err != nil {
		return fmt.Errorf("prepare exports: %w", err)
	}
	metrics := streams.NewMetrics(streams.MetricsConfig{Node: nodes.Name(), Log: log})
	supervisor, err := streams.NewSupervisor(h, log, metrics, ownLogs)
	if err != nil {
		return fmt.Errorf("prepare producers: %w", err)
	}
	simulated, err := streams.NewSupervisor(h, log, simulations(cfg)...)
	if err != nil {
		return fmt.Errorf("prepare simulated producers: %w", err)
	}
	server, err := newServer(cfg, handlers.New(handlers.Config{
		Hub: h, Streams: door, Access: doors, Origins: cfg.CORSOrigin, Jobs: jobs{tasks, export}, Node: node{supervisor, simulated, cfg.shared(), metrics}, Cluster: nodes.cluster(), Logger: log, Audit: audit,
		Limits: cfg.limits(), MaxBody: cfg.MaxBody, Demo: cfg.Demo, Version: version, Started: started,
	}), log)
	if err != nil {
		return err
	}
	life := newLife(ctx)
	stopDoors := life.start("access", doors.Run)
	if err := cfg.admit(life.over, doors); err != nil {
		stopDoors()
		return errors.Join(err, life.err())
	}
	commands := openControl(cfg, store, log, audit)
	stopHub := life.start("hub", h.Run)
	stopTasks := life.start("tasks", tasks.Run)
	stopProducers := life.start("producers", supervisor.Run)
	stopSimulated := func() {}
	if cfg.Demo {
		stopSimulated = life.start("simulated producers", func(ctx context.Context) error { return nodes.once(ctx, "simulated", simulated.Run) })
	}
	stopNodes := life.start("nodes", func(ctx context.Context) error {
		return nodes.run(ctx, func() handlers.NodeReport { return handlers.Report(nodes.Name(), version, started, h, door) })
	})
	stopServer := life.start("server", func(ctx context.Context) error {
		return serve(ctx, server, listener, door, cfg.Drain)
	})
	stopCommands := life.start("control socket", commands.run)
	cfg.sayDurability(log)
	sayDoors(cfg.doorsConfig, doors, log)
	log.Info("listening", "url", cfg.scheme()+"://"+listener.Addr().String(), "data", cfg.Data, "demo", cfg.Demo, "max_streams", maxStreams, "version", version)
	<-life.ending()
	log.Info("stopping")
	stopServer()
	stopCommands()
	stopNodes()
	stopSimulated()
	stopProducers()
	stopTasks()
	stopHub()
	stopDoors()
	return life.err()
}

// simulations are the producers of --demo.
func simulations(cfg serveConfig) []streams.Producer {
	if !cfg.Demo {
		return nil
	}
	return []streams.Producer{demo.NewTrading(demo.TradingConfig{}), demo.NewLogs(demo.LogsConfig{}),
		demo.NewNotifications(demo.NotificationsConfig{})}
}

// life owns the program's long-running parts. The first one that ends by itself
// brings the others down.
type life struct {
	parent context.Context
	over   context.Context
	end    context.CancelCauseFunc
	mu     sync.Mutex
	errs   []error
}

func newLife(ctx context.Context) *life {
	over, end := context.WithCancelCause(ctx)
	return &life{parent: ctx, over: over, end: end}
}

// ending is closed when the program shall stop.
func (l *life) ending() <-chan struct{} { return l.over.Done() }

// start runs a part and answers what stops it and waits for it.
func (l *life) start(name string, part func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.parent))
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := part(ctx)
		if ctx.Err() == nil && err == nil {
			err = errors.New("ended by itself")
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			l.mu.Lock()
			l.errs = append(l.errs, fmt.Errorf("%s: %w", name, err))
			l.mu.Unlock()
			l.end(err)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func (l *life) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.errs...)
}
