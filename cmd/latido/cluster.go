package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"latido/handlers/web"
	"latido/hub/cluster"
	"latido/hub/journal/engine"
)

// shared reports whether the process is one of several nodes.
func (c natsConfig) shared() bool { return len(c.NatsURL) > 0 }

// cluster returns what the journal needs, or nil for a server of its own.
func (c natsConfig) cluster() *engine.Cluster {
	if !c.shared() {
		return nil
	}
	return &engine.Cluster{
		URLs: c.NatsURL, Credentials: c.NatsCreds, CA: c.NatsCA, Certificate: c.NatsCert, Key: c.NatsKey, Replicas: c.Replicas,
	}
}

// nodes is this process among the others of its cluster. A server of its own has no
// name and no other nodes.
type nodes struct {
	name string
	all  *cluster.Nodes // nil for a server of its own
}

func openNodes(ctx context.Context, cfg serveConfig, listening net.Addr, log *slog.Logger) (*nodes, error) {
	n := &nodes{name: cfg.NodeName}
	if !cfg.shared() {
		return n, nil
	}
	if n.name == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "node"
		}
		_, port, _ := net.SplitHostPort(listening.String())
		n.name = host + ":" + port
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
		_ = n.all.Close() // it stores nothing
	}
}

// cluster returns what the handlers need, or nil for a server of its own.
func (n *nodes) cluster() web.Cluster {
	if n.all == nil {
		return nil
	}
	return n
}

// Name returns this node's name. Without --node-name a server of its own has none.
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
