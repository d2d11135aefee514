package streams

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"latido/hub"
	"latido/streams/event"
)

const (
	logQueue   = 512              // entries that wait for the journal, at most
	logPace    = time.Second / 50 // between entries, so that a log storm does not become an event storm
	dropNotice = 10 * time.Second // between two entries that report dropped ones
	logFlush   = 2 * time.Second  // for what is queued when the process stops
)

// ownService is the service of the server's own log entries.
const ownService = "latido"

// LogsConfig configures Logs. The zero value works.
type LogsConfig struct {
	// Level is the lowest level that becomes an event; nil for slog.LevelInfo.
	// Records that the ordinary handler is not enabled for do not become events.
	Level slog.Leveler
}

// Logs is the producer "logs": it publishes the server's own log records, which a
// LogHandler queued, as log entries of the service "latido" to the channel logs.
// At most 512 records wait. Records that come while the queue is full are dropped
// and counted, and an entry reports their number. At most 50 entries are
// published a second.
//
// Logs does not log. The supervisor logs its failures, with a context that keeps
// them out of the queue.
type Logs struct {
	level   slog.Leveler
	queue   chan hub.Draft // with idempotency keys, for the second try after a time-out
	dropped atomic.Uint64

	// Run uses these; calls of Run do not overlap.
	pending    *hub.Draft // taken from the queue, not known to be stored
	reported   uint64     // of the dropped records
	reportedAt time.Time
}

// NewLogs returns the producer. Records are queued from then on.
func NewLogs(cfg LogsConfig) *Logs {
	if cfg.Level == nil {
		cfg.Level = slog.LevelInfo
	}
	return &Logs{level: cfg.Level, queue: make(chan hub.Draft, logQueue)}
}

// Name returns "logs".
func (l *Logs) Name() string { return "logs" }

func (l *Logs) quiet() {}

// Dropped returns the number of records that did not become events: the queue was
// full, or the publisher refused the entry for good.
func (l *Logs) Dropped() uint64 { return l.dropped.Load() }

// Run implements Producer. It fails when the journal cannot store an entry, and
// continues with that entry when it is called again. When ctx ends it publishes
// what is queued, for at most two seconds.
func (l *Logs) Run(ctx context.Context, p hub.Publisher) error {
	ctx = NoEvent(ctx)
	for {
		if l.pending == nil {
			select {
			case <-ctx.Done():
			case d := <-l.queue:
				l.pending = &d
			}
		}
		if ctx.Err() != nil {
			l.flush(context.WithoutCancel(ctx), p)
			return ctx.Err()
		}
		if err := l.deliver(ctx, p); err != nil {
			if ctx.Err() != nil {
				continue // the end of ctx cut it short: flush tries again
			}
			return err
		}
		if l.reportDropped() {
			continue
		}
		Wait(ctx, logPace)
	}
}

// deliver publishes the pending entry. An entry that is refused for another
// reason than a journal in trouble would be refused forever: it is dropped, or it
// would block all that follow.
func (l *Logs) deliver(ctx context.Context, p hub.Publisher) error {
	if err := Publish(ctx, p, *l.pending); err != nil {
		if IsTemporary(err) {
			return err
		}
		l.dropped.Add(1)
	}
	l.pending = nil
	return nil
}

// reportDropped makes the pending entry one about the records dropped since the
// last report, if there are any and it is time.
func (l *Logs) reportDropped() bool {
	dropped, now := l.dropped.Load(), time.Now()
	if dropped == l.reported || now.Sub(l.reportedAt) < dropNotice {
		return false
	}
	report := ownEntry(now, event.LogEntry{
		Level:   event.LogWarning,
		Message: fmt.Sprintf("log records missing here: count=%d", dropped-l.reported),
	})
	l.pending, l.reported, l.reportedAt = &report, dropped, now
	return true
}

// flush publishes what is queued by now, as fast as the journal takes it. Records
// that are logged meanwhile are left, or a publisher that logs would keep it busy.
func (l *Logs) flush(ctx context.Context, p hub.Publisher) {
	ctx, cancel := context.WithTimeout(ctx, logFlush)
	defer cancel()
	queued := len(l.queue)
	for l.pending != nil || queued > 0 {
		if l.pending == nil {
			d := <-l.queue // there is one, because Run alone takes from the queue
			l.pending = &d
			queued--
		}
		if l.deliver(ctx, p) != nil {
			return // the ordinary log has them all
		}
	}
}

// offer queues an entry, or drops it when the queue is full. It does not wait.
func (l *Logs) offer(d hub.Draft) {
	select {
	case l.queue <- d:
	default:
		l.dropped.Add(1)
	}
}

// ownEntry returns an entry of the server's own log, with an idempotency key so
// that an entry that is published again after a time-out is not stored twice.
func ownEntry(at time.Time, e event.LogEntry) hub.Draft {
	e.Service = ownService
	d := e.Draft(at)
	d.Key = event.NewID("log_")
	return d
}
