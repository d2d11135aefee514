package streams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"latido/hub"
)

const (
	logQueue      = 512              // entries that wait for the journal, at most
	maxLogMessage = 2048             // bytes of an entry's message
	logPace       = time.Second / 50 // between entries, so that a log storm can't become an event storm
	dropNotice    = 10 * time.Second // between two entries that tell of dropped ones
	logFlush      = 2 * time.Second  // for what is queued when the process stops
)

// The levels of log_entry.
const (
	levelDebug   = "DEBUG"
	levelInfo    = "INFO"
	levelWarning = "WARNING"
	levelError   = "ERROR"
)

// ownService names the server itself in log_entry.
const ownService = "latido"

// logEntry is the data of log_entry.
type logEntry struct {
	Level     string `json:"level"`
	Service   string `json:"service"`
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"`
	RequestID string `json:"request_id"`
	Simulated bool   `json:"simulated,omitempty"`
}

// queuedEntry carries an idempotency key, so that an entry that is published
// again after a time-out is not stored twice.
type queuedEntry struct {
	entry logEntry
	key   string
}

// LogsConfig configures Logs; the zero value works.
type LogsConfig struct {
	// Level is the least level that becomes an event; nil for slog.LevelInfo.
	// What the process's ordinary handler is not enabled for never does.
	Level slog.Leveler
}

// Logs is the producer "logs": it publishes the server's own log records, that
// a LogHandler queued, as log_entry to the channel logs: {level, service
// "latido", message, timestamp, request_id}. At most 512 records wait; what
// comes while the queue is full is dropped, counted, and told by an entry of
// its own. At most 50 entries are published a second.
//
// It never logs. The supervisor logs its failures, with a context that keeps
// them out of the queue.
type Logs struct {
	level   slog.Leveler
	queue   chan queuedEntry
	dropped atomic.Uint64

	// Only Run touches these; calls of Run don't overlap.
	pending *queuedEntry // taken from the queue, not known to be stored
	told    uint64
	toldAt  time.Time
}

// NewLogs makes the producer; records are queued from then on.
func NewLogs(cfg LogsConfig) *Logs {
	if cfg.Level == nil {
		cfg.Level = slog.LevelInfo
	}
	return &Logs{level: cfg.Level, queue: make(chan queuedEntry, logQueue)}
}

// Name is "logs".
func (l *Logs) Name() string { return "logs" }

func (l *Logs) quiet() {}

// Dropped counts the records that never became events: the queue was full, or
// the publisher refused the entry for good.
func (l *Logs) Dropped() uint64 { return l.dropped.Load() }

// Run implements Producer. It fails when the journal can't store an entry, and
// goes on with that entry when it is called again. When ctx ends it publishes
// what is queued, for at most two seconds.
func (l *Logs) Run(ctx context.Context, p hub.Publisher) error {
	ctx = NoEvent(ctx)
	for {
		if l.pending == nil {
			select {
			case <-ctx.Done():
			case e := <-l.queue:
				l.pending = &e
			}
		}
		if ctx.Err() != nil {
			l.flush(context.WithoutCancel(ctx), p)
			return ctx.Err()
		}
		if err := l.deliver(ctx, p); err != nil {
			if ctx.Err() != nil {
				continue // it was the end that cut it short: flush tries again
			}
			return err
		}
		if l.tell() {
			continue
		}
		wait(ctx, logPace)
	}
}

// deliver publishes the pending entry. An entry that is refused for another
// reason than a journal in trouble would be refused for ever: it is dropped,
// or it would block all that follow.
func (l *Logs) deliver(ctx context.Context, p hub.Publisher) error {
	draft := hub.Draft{Name: "log_entry", Channel: "logs", Key: l.pending.key}
	err := publish(ctx, p, draft, l.pending.entry)
	if err != nil {
		passing := errors.Is(err, hub.ErrJournal) ||
			errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
		if passing {
			return err
		}
		l.dropped.Add(1)
	}
	l.pending = nil
	return nil
}

// tell makes an entry of the records dropped since the last one, if there are
// any and it is time.
func (l *Logs) tell() bool {
	dropped := l.dropped.Load()
	if dropped == l.told || time.Since(l.toldAt) < dropNotice {
		return false
	}
	l.pending = newQueuedEntry(logEntry{
		Level:     levelWarning,
		Message:   fmt.Sprintf("log records missing here: count=%d", dropped-l.told),
		Timestamp: stamp(time.Now()),
		RequestID: newID("req_"),
	})
	l.told, l.toldAt = dropped, time.Now()
	return true
}

// flush publishes what is queued by now, as fast as the journal takes it. What
// is logged meanwhile is left, or a publisher that logs would keep it busy.
func (l *Logs) flush(ctx context.Context, p hub.Publisher) {
	ctx, cancel := context.WithTimeout(ctx, logFlush)
	defer cancel()
	queued := len(l.queue)
	for l.pending != nil || queued > 0 {
		if l.pending == nil {
			e := <-l.queue // there is one: nobody else takes from the queue
			l.pending = &e
			queued--
		}
		if l.deliver(ctx, p) != nil {
			return // the ordinary log has them all
		}
	}
}

// offer queues an entry, or drops it: it never waits.
func (l *Logs) offer(e logEntry) {
	select {
	case l.queue <- *newQueuedEntry(e):
	default:
		l.dropped.Add(1)
	}
}

func newQueuedEntry(e logEntry) *queuedEntry {
	e.Service = ownService
	return &queuedEntry{entry: e, key: newID("log_")}
}
