package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// maxMemory bounds what is in the memory store of NATS, in bytes: the state of
	// each Reader, and the buckets in memory.
	maxMemory = 64 << 20

	// maxStore is no limit of ours: each stream has its own. It is set because NATS
	// would derive one from the free disk. It is this large because a stream that
	// was stored under a larger limit is otherwise not recovered at all.
	maxStore = 1 << 50
)

// Dead returns why no write to a stream with a Committer can succeed any more, nil while one may. It
// asks the server in this process: after a write to a stream has failed that server still
// replies to reads of it, and to no publisher at all. Of a cluster it is never certain: its
// servers may come back.
func (r *Run) Dead() error {
	if r.srv == nil {
		return nil
	}
	if !r.srv.Running() || !r.srv.JetStreamEnabled() {
		return errAway
	}
	r.mu.Lock()
	streams := slices.Collect(maps.Keys(r.committers))
	r.mu.Unlock()
	for _, stream := range streams {
		for range healthTries {
			h := r.srv.Healthz(&server.HealthzOptions{Account: "$G", Stream: stream})
			if h.Status == "ok" {
				break
			}
			if !strings.HasPrefix(h.Error, notReady) {
				return fmt.Errorf("the engine is %s: %s", h.Status, h.Error)
			}
		}
	}
	return nil
}

// notReady begins the error of Healthz when it did not get to run within the
// millisecond that it allows for checking that the server has started. The server
// has, or there would be none to ask: on a busy machine this was taken for a fault,
// and a healthy server was stopped and started again.
const notReady = "failed to be ready for connections"

// healthTries is how often Healthz may fail so before nothing is known of the server,
// neither good nor bad.
const healthTries = 20

// startServer runs nats-server in this process, without a port, and returns
// when it has recovered what is stored.
func startServer(cfg Config) (*server.Server, error) {
	log := &engineLog{log: cfg.Logger}
	options := &server.Options{
		ServerName:             "latido",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               cfg.Dir,
		JetStreamMaxStore:      maxStore,
		JetStreamMaxMemory:     maxMemory,
		MaxPayload:             int32(cfg.maxPayload()),
		MaxClosedClients:       16,
		DisableJetStreamBanner: true,
	}
	srv, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("set up the engine: %w", err)
	}
	srv.SetLoggerV2(log, false, false, false)
	// With DontListen there is no accept loop, so Start returns when all is
	// recovered, or when it met what it would have died of.
	srv.Start()
	if fatal := log.lastFatal(); fatal != "" || !srv.JetStreamEnabled() {
		stopServer(srv)
		return nil, fmt.Errorf("start the engine: %w", errors.New(fatal))
	}
	return srv, nil
}

// RestoreStream makes the stream that config describes out of a snapshot in the engine's own
// form. What it has made when it fails is not complete. A cluster is refused.
func (r *Run) RestoreStream(config jetstream.StreamConfig, snapshot io.Reader) error {
	if r.srv == nil {
		return fmt.Errorf("restore the stream %s: a cluster is restored by its own tools", config.Name)
	}
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	var own server.StreamConfig // the same, as the server has it
	if err := json.Unmarshal(text, &own); err != nil {
		return err
	}
	_, err = r.srv.GlobalAccount().RestoreStreamV2(&own, snapshot)
	return err
}

func stopServer(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}
