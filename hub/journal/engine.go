package journal

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// headroom is what a message may carry beside its data: the subject, the
	// one header, and what a direct get adds.
	headroom = 4 << 10

	// maxMemory bounds what lives in the engine's memory store: the state of
	// one reader per Follow.
	maxMemory = 64 << 20

	// maxStore is no limit of ours, that is Config.MaxBytes. It is set because
	// the engine would guess one from the free disk, and it is this large
	// because a stream that was stored under a larger MaxBytes is otherwise
	// not recovered at all.
	maxStore = 1 << 50
)

// startEngine runs nats-server in this process, without a port, and returns
// when it has recovered what is stored.
func startEngine(cfg Config) (*server.Server, error) {
	log := &engineLog{log: cfg.Logger}
	srv, err := server.NewServer(&server.Options{
		ServerName:             "latido",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               cfg.Dir,
		JetStreamMaxStore:      maxStore,
		JetStreamMaxMemory:     maxMemory,
		SyncInterval:           cfg.SyncInterval,
		MaxPayload:             int32(cfg.MaxEventBytes + headroom),
		MaxClosedClients:       16,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the engine: %w", err)
	}
	srv.SetLoggerV2(log, false, false, false)
	// With DontListen there is no accept loop, so Start returns when all is
	// recovered, or when it met what it would have died of.
	srv.Start()
	if fatal := log.lastFatal(); fatal != "" || !srv.JetStreamEnabled() {
		stopEngine(srv)
		return nil, fmt.Errorf("start the engine: %w", errors.New(fatal))
	}
	return srv, nil
}

func stopEngine(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}

// line is one in-process connection to the engine: no socket, no port.
type line struct {
	conn *nats.Conn
	js   jetstream.JetStream
}

// openLine connects to the engine. onTrouble hears what goes wrong on the
// connection by itself, outside any call; nats.go prints it when nobody does.
func openLine(srv *server.Server, name string, onTrouble func(*nats.Conn, error), options ...nats.Option) (line, error) {
	options = append(options,
		nats.Name(name),
		nats.InProcessServer(srv),
		nats.ErrorHandler(func(nc *nats.Conn, _ *nats.Subscription, err error) { onTrouble(nc, err) }),
	)
	conn, err := nats.Connect("", options...)
	if err != nil {
		return line{}, fmt.Errorf("connect the %s to the engine: %w", name, err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return line{}, fmt.Errorf("use JetStream as %s: %w", name, err)
	}
	return line{conn, js}, nil
}

func (l line) close() {
	if l.conn != nil {
		l.conn.Close()
	}
}
