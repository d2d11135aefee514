package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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

// engine is one run of nats-server on the folder, and the lines to it.
type engine struct {
	cfg   Config
	srv   *server.Server
	epoch string

	// What one connection carries the others do not wait for: a page of history
	// may be megabytes. Every Follow has one of its own beside these.
	publish line
	history line

	sampled   sampled
	declaring sync.Mutex // held while sampled grows

	commit *committer
	posts  *publisher
	full   atomic.Pointer[error] // the disk has no room; see watchdog
	broken context.Context       // ends, with the cause, when no write can succeed any more
	fail   context.CancelCauseFunc
}

// openWait is how long the engine may take to make or change the stream. A
// smaller MaxBytes makes it remove files.
const openWait = 30 * time.Second

// startEngine runs nats-server on the folder and returns when events can be
// published and read. After an error nothing is left running.
func startEngine(ctx context.Context, cfg Config) (_ *engine, err error) {
	e := &engine{cfg: cfg}
	e.broken, e.fail = context.WithCancelCause(context.Background())
	defer func() {
		if err != nil {
			e.stop()
		}
	}()
	before, err := readMark(cfg.Dir)
	if err != nil {
		return nil, err
	}
	now := cfg.mark(cfg)
	if e.srv, err = startServer(cfg); err != nil {
		return nil, err
	}
	if e.publish, err = e.openLasting("publisher"); err != nil {
		return nil, err
	}
	if e.history, err = e.openLasting("history reader"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	anew := before.mayHaveLost(now)
	if e.epoch, err = ensureStream(ctx, e.publish.js, cfg, anew); err != nil {
		return nil, err
	}
	s, err := e.publish.js.Stream(ctx, streamName)
	if err != nil {
		return nil, fmt.Errorf("read the stream's state: %w", err)
	}
	if err := e.sampled.load(s.CachedInfo().Config.Metadata); err != nil {
		return nil, err
	}
	if anew {
		cfg.Logger.Warn("the machine may have stopped before acknowledged events were on its disk: a new epoch begins", "epoch", e.epoch)
	}
	// From here on everything that can be read is on the disk, and this run is
	// one that may end without notice.
	if err := syncTree(cfg.Dir); err != nil {
		return nil, err
	}
	if err := now.write(cfg.Dir); err != nil {
		return nil, err
	}
	b := boundsOf(s.CachedInfo())
	pause := lazily
	if cfg.Durability == Fast {
		pause = fastSync
	}
	numbers, err := blockNumbers(blocksDir(cfg.Dir))
	if err != nil {
		return nil, err
	}
	synced := 0 // all files but the newest, which is appended to
	if len(numbers) > 0 {
		synced = slices.Max(numbers) - 1
	}
	e.commit = startCommitter(b.Last, func() *blocks {
		force, end := cfg.force, func() {}
		if force == nil {
			force, end = newDataSync()
		}
		return &blocks{dir: blocksDir(cfg.Dir), n: synced, force: force, end: end}
	}, pause)
	e.posts, err = startPublisher(e.publish.conn, e.commit, cfg)
	return e, err
}

// fastSync is how long an acknowledged event may be in memory only with Fast.
const fastSync = time.Second

// durable returns once an event that is written is as durable as an
// acknowledgement promises; see committer.await.
func (e *engine) durable(ctx context.Context, seq uint64) error {
	if e.cfg.Durability == Fast {
		e.commit.note(seq)
		return nil
	}
	return e.commit.await(ctx, seq)
}

// end stops the engine and notes that nothing is missing on the disk, if that
// is so.
func (e *engine) end() error {
	healthy := e.broken.Err() == nil && e.commit.failure() == nil
	e.stop()
	if !healthy {
		return nil
	}
	if err := syncTree(e.cfg.Dir); err != nil {
		return err
	}
	m := e.cfg.mark(e.cfg)
	m.Clean = true
	return m.write(e.cfg.Dir)
}

// stop ends every call in progress, and the engine.
func (e *engine) stop() {
	e.fail(errStopped)
	if e.posts != nil {
		e.posts.stop()
	}
	e.publish.close()
	e.history.close()
	if e.commit != nil {
		e.commit.stop()
	}
	if e.srv != nil {
		stopServer(e.srv)
	}
}

var errStopped = errors.New("the engine has been stopped")

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
		MaxPayload:             int32(cfg.MaxEventBytes + headroom),
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

// openLasting opens a line that comes back when it is cut.
func (e *engine) openLasting(name string) (line, error) {
	log := func(_ *nats.Conn, err error) {
		e.cfg.Logger.Warn("journal connection", "connection", name, "error", err)
	}
	return openLine(e.srv, name, log,
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		// While the engine is away nothing is put by for later: a publisher is
		// told at once, and what it is told is final.
		nats.ReconnectBufSize(-1),
	)
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
