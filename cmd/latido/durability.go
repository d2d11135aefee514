package main

import "log/slog"

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
