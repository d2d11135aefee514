package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"

	"latido/handlers"
	"latido/hub/cluster"
	"latido/hub/journal/engine"
)

// nodes is this process among the others of its cluster. On its own it has no
// name and nobody beside it.
type nodes struct {
	name string
	all  *cluster.Nodes // nil on its own
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

// cluster is what the handlers see, nil for a process on its own.
func (n *nodes) cluster() handlers.Cluster {
	if n.all == nil {
		return nil
	}
	return n
}

// Name is what this node is called, "" for a process on its own.
func (n *nodes) Name() string { return n.name }

// Others answers what the other nodes have told last.
func (n *nodes) Others() (reports []handlers.NodeReport) {
	for _, text := range n.all.Others() {
		var r handlers.NodeReport
		if err := json.Unmarshal(text, &r); err != nil {
			n.log.Debug("another node's report is unreadable", "error", err)
			continue
		}
		reports = append(reports, r)
	}
	return reports
}

// run tells the other nodes about this one until ctx ends.
func (n *nodes) run(ctx context.Context, report func() handlers.NodeReport) error {
	if n.all == nil {
		<-ctx.Done()
		return nil
	}
	return n.all.Run(ctx, func() ([]byte, error) { return json.Marshal(report()) })
}

// once runs a part here whenever no other node does, until ctx ends.
func (n *nodes) once(ctx context.Context, role string, part func(context.Context) error) error {
	if n.all == nil {
		return part(ctx)
	}
	return n.all.Hold(ctx, role, part)
}
