package main

import (
	"log/slog"
	"net"
	"os"

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

// name returns the node's name, or "" for a server of its own.
func (c clusterConfig) name(listening net.Addr) string {
	if !c.shared() || c.NodeName != "" {
		return c.NodeName
	}
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	_, port, _ := net.SplitHostPort(listening.String())
	return host + ":" + port
}

// logDurability logs what an acknowledgement promises.
func (c serveConfig) logDurability(log *slog.Logger) {
	if !c.shared() {
		log.Info("durability", "mode", c.Durability, "meaning", c.Durability.Meaning())
		return
	}
	meaning := "an acknowledged event is with the NATS server; whether it survives a power cut depends on that server's sync_interval"
	if c.Replicas > 1 {
		meaning = "an acknowledged event is with at least two of three NATS servers; whether it survives a power cut of all of them depends on their sync_interval"
	}
	log.Info("durability", "mode", "cluster", "replicas", c.Replicas, "meaning", meaning)
}

// store names what stores the events, for errors.
func (c serveConfig) store() string {
	if c.shared() {
		return "the cluster"
	}
	return "the data folder " + c.Data
}
