package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"latido/handlers/web"
	"latido/hub/cluster"
	"latido/hub/journal/engine"
)

// nodes is this process among the others of its cluster. A server of its own has no
// name and no other nodes.
type nodes struct {
	name string
	all  *cluster.Nodes // nil for a server of its own
	log  *slog.Logger
}

func openNodes(ctx context.Context, cfg serveConfig, listening net.Addr, log *slog.Logger) (*nodes, error) {
	n := &nodes{name: cfg.name(listening), log: log}
	if !cfg.shared() {
		return n, nil
	}
	var err error
	if n.all, err = cluster.Open(ctx, engine.Config{Cluster: cfg.cluster(), Logger: log}); err != nil {
		return nil, fmt.Errorf("join the other nodes: %w", err)
	}
	log.Info("one node of several", "node", n.name, "replicas", cfg.Replicas)
	return n, nil
}

func (n *nodes) close() {
	if n.all != nil {
		_ = n.all.Close() // nothing is kept by it
	}
}

// cluster returns what the handlers need, or nil for a server of its own.
func (n *nodes) cluster() web.Cluster {
	if n.all == nil {
		return nil
	}
	return n
}

// Name returns this node's name, or "" for a server of its own.
func (n *nodes) Name() string { return n.name }

// Others returns the last report of each other node.
func (n *nodes) Others() []cluster.Report { return n.all.Others() }

// run reports this node to the others until ctx ends.
func (n *nodes) run(ctx context.Context, report func() cluster.Report) error {
	if n.all == nil {
		<-ctx.Done()
		return nil
	}
	return n.all.Run(ctx, report)
}

// once runs a part here whenever no other node runs it, until ctx ends.
func (n *nodes) once(ctx context.Context, role string, part func(context.Context) error) error {
	if n.all == nil {
		return part(ctx)
	}
	return n.all.Hold(ctx, role, part)
}
