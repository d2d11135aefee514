package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

const (
	// maxMemory bounds what lives in the engine's memory store: the state of
	// one reader per Follow.
	maxMemory = 64 << 20

	// maxStore is no limit of ours, that is Config.MaxBytes. It is set because
	// the engine would guess one from the free disk, and it is this large
	// because a stream that was stored under a larger MaxBytes is otherwise
	// not recovered at all.
	maxStore = 1 << 50

	// fastSync is how long an acknowledged event may be in memory only with Fast.
	fastSync = time.Second
)

// local is the backend that runs in this process: one run of nats-server on the
// folder.
type local struct {
	cfg  Config
	srv  *server.Server
	line line // for what is asked of the stream beside events

	now  mark                  // of this run
	anew bool                  // the run before may have lost what readers were shown
	full atomic.Pointer[error] // the disk has no room; see watchdog
}

func (b *local) start(context.Context) error {
	before, err := readMark(b.cfg.Dir)
	if err != nil {
		return err
	}
	b.now = b.cfg.mark(b.cfg)
	b.anew = before.mayHaveLost(b.now)
	b.srv, err = startServer(b.cfg)
	return err
}

// address leads into the process: no socket, no port.
func (b *local) address() (string, []nats.Option) {
	return "", []nats.Option{nats.InProcessServer(b.srv)}
}

func (b *local) stream(ctx context.Context, l line) (*jetstream.StreamInfo, error) {
	b.line = l
	epoch, err := ensureStream(ctx, l.js, b.cfg, b.anew)
	if err != nil {
		return nil, err
	}
	if b.anew {
		b.cfg.Logger.Warn("the machine may have stopped before acknowledged events were on its disk: a new epoch begins", "epoch", epoch)
	}
	s, err := l.js.Stream(ctx, streamName)
	if err != nil {
		return nil, fmt.Errorf("read the stream's state: %w", err)
	}
	return s.CachedInfo(), nil
}

// begin puts everything that can be read on the disk. From here on this run is
// one that may end without notice.
func (b *local) begin(stored hub.Bounds) (*committer, error) {
	if err := syncTree(b.cfg.Dir); err != nil {
		return nil, err
	}
	if err := b.now.write(b.cfg.Dir); err != nil {
		return nil, err
	}
	pause := lazily
	if b.cfg.Durability == Fast {
		pause = fastSync
	}
	numbers, err := blockNumbers(blocksDir(b.cfg.Dir))
	if err != nil {
		return nil, err
	}
	synced := 0 // all files but the newest, which is appended to
	if len(numbers) > 0 {
		synced = slices.Max(numbers) - 1
	}
	return startCommitter(stored.Last, func() *blocks {
		force, end := b.cfg.force, func() {}
		if force == nil {
			force, end = newDataSync()
		}
		return &blocks{dir: blocksDir(b.cfg.Dir), n: synced, force: force, end: end}
	}, pause), nil
}

func (b *local) unreachable() error { return nil }

func (b *local) refusal() error {
	if full := b.full.Load(); full != nil {
		return *full
	}
	return nil
}

// dead asks the server itself: after a write that failed it goes on answering
// reads, and answers no publisher at all.
func (b *local) dead() error {
	if !b.srv.Running() || !b.srv.JetStreamEnabled() {
		return errAway
	}
	for range healthTries {
		h := b.srv.Healthz(&server.HealthzOptions{Account: "$G", Stream: streamName})
		if h.Status == "ok" {
			return nil
		}
		if !strings.HasPrefix(h.Error, notReady) {
			return fmt.Errorf("the engine is %s: %s", h.Status, h.Error)
		}
	}
	return nil
}

// notReady begins what Healthz says when it was kept from running for the
// millisecond that it gives itself to see that the engine has started. It has,
// or there would be no one to ask: on a busy machine this was taken for a fault,
// and an engine that was well was stopped and started again.
const notReady = "failed to be ready for connections"

// healthTries is how often Healthz may be kept from running before nothing is
// known of the engine, neither good nor bad.
const healthTries = 20

// There is one copy of everything, so every read is current.
func (b *local) healthy(*jetstream.StreamInfo) error         { return nil }
func (b *local) current(context.Context, line, uint64) error { return nil }
func (b *local) lag() time.Duration                          { return 0 }

// leave notes that nothing is missing on the disk.
func (b *local) leave() error {
	if err := syncTree(b.cfg.Dir); err != nil {
		return err
	}
	m := b.cfg.mark(b.cfg)
	m.Clean = true
	return m.write(b.cfg.Dir)
}

func (b *local) stop() {
	if b.srv != nil {
		stopServer(b.srv)
	}
}

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
	if cfg.tune != nil {
		cfg.tune(options)
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

func stopServer(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}
