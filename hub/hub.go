package hub

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// ErrNotReady is returned until the hub has read the journal at its start.
var ErrNotReady = errors.New("the hub is still reading its journal")

// ErrTooLarge is wrapped when an event exceeds Options.MaxEventBytes.
var ErrTooLarge = errors.New("event too large")

// Options configure a Hub. The zero value works.
type Options struct {
	Retention     Retention
	Warm          int // newest events read back from the journal at start, ephemeral events not counted; default 20,000
	MaxEventBytes int // size of an event's data; default 1 MiB
	MaxReplay     int // events that one resume may replay; default 10,000
	Logger        *slog.Logger
	Timings       *Timings // where durations are counted; made when nil
}

// Hub hands the journal's events to subscribers. Make it with New, start it
// with Run; all methods may be called concurrently.
type Hub struct {
	journal Journal
	opt     Options

	logs
	waiters   map[chan struct{}]uint64 // guarded by mu
	observers []func(*Event)           // of every event, guarded by mu; see Observe

	backlogs  chan struct{} // one slot for each cursor that reads back
	ready     chan struct{}
	reading   atomic.Bool
	acked     atomic.Uint64 // newest sequence that Publish has returned
	published atomic.Uint64
	read      atomic.Uint64
	stored    atomic.Pointer[Bounds] // for Stats
	trouble   atomic.Pointer[error]  // for Stats
}

// New makes a hub over j. Nothing runs before Run.
func New(j Journal, o Options) *Hub {
	o.Warm = cmp.Or(o.Warm, 20_000)
	o.MaxEventBytes = cmp.Or(o.MaxEventBytes, 1<<20)
	o.MaxReplay = cmp.Or(o.MaxReplay, 10_000)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	o.Timings = cmp.Or(o.Timings, &Timings{})
	return &Hub{
		journal: j, opt: o, logs: newLogs(o.Retention, o.MaxReplay, o.Logger), waiters: map[chan struct{}]uint64{},
		backlogs: make(chan struct{}, maxBacklogs), ready: make(chan struct{}),
	}
}

// Ready is closed once the hub has caught up with the journal as it stood when
// Run began. Subscribe returns ErrNotReady before.
func (h *Hub) Ready() <-chan struct{} { return h.ready }

// Publish checks d, stores it and returns its receipt once the journal has
// acknowledged it. It does not wait for delivery. Errors wrap ErrName,
// ErrChannel, ErrTarget, ErrData, ErrTooLarge (nothing was sent), ErrJournal
// (nothing is known to be stored) or are ctx's.
func (h *Hub) Publish(ctx context.Context, d Draft) (Receipt, error) {
	if err := d.Check(); err != nil {
		return Receipt{}, fmt.Errorf("publish: %w", err)
	}
	if len(d.Data) > h.opt.MaxEventBytes {
		return Receipt{}, fmt.Errorf("publish: %w: %d bytes, %d are allowed", ErrTooLarge, len(d.Data), h.opt.MaxEventBytes)
	}
	var compact bytes.Buffer
	compact.Grow(len(d.Data))
	if err := json.Compact(&compact, d.Data); err != nil {
		return Receipt{}, fmt.Errorf("publish: %w: %w", ErrData, err)
	}
	d.Data = compact.Bytes()
	began := time.Now()
	r, err := h.journal.Append(ctx, d)
	if err != nil {
		return Receipt{}, fmt.Errorf("publish to the journal: %w", err)
	}
	h.opt.Timings.PublishAck.Observe(time.Since(began))
	if !r.Duplicate {
		h.published.Add(1)
	}
	for {
		newest := h.acked.Load()
		if r.ID.Seq <= newest || h.acked.CompareAndSwap(newest, r.ID.Seq) {
			return r, nil
		}
	}
}

// Sync waits until subscribers may see everything that Publish has returned so
// far, so that a caller that publishes and then reads finds it. Errors: ctx's.
func (h *Hub) Sync(ctx context.Context) error { return h.waitFor(ctx, h.acked.Load()) }

// Healthy returns nil when events can be published and streamed as far as the
// hub knows: it is ready, its reader runs, and the journal is healthy.
func (h *Hub) Healthy(ctx context.Context) error {
	select {
	case <-h.ready:
	default:
		return ErrNotReady
	}
	if err := h.journal.Healthy(ctx); err != nil {
		return fmt.Errorf("ask the journal how it is: %w", err)
	}
	if !h.reading.Load() {
		return fmt.Errorf("%w: the reader is waiting to try again", ErrJournal)
	}
	return nil
}

// Bounds returns what the journal keeps; see Journal.
func (h *Hub) Bounds(ctx context.Context) (Bounds, error) { return h.journal.Bounds(ctx) }

// Stored is what the journal keeps, as of at most some seconds ago: for callers that
// cannot wait for Bounds. It is zero until the journal has been asked once.
func (h *Hub) Stored() Bounds {
	if b := h.stored.Load(); b != nil {
		return *b
	}
	return Bounds{}
}

// Observe makes the hub call f for every event that it reads from the journal from
// now on, in order and each once, of whatever topic. f is called under the hub's
// lock: it must not block and must not call the hub. It is called as long as the
// hub runs.
func (h *Hub) Observe(f func(*Event)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.observers = append(h.observers, f)
}

// History reads stored events of a topic from the journal; see Journal.
func (h *Hub) History(ctx context.Context, t Topic, after uint64, limit int) ([]*Event, error) {
	return h.journal.History(ctx, t, after, limit)
}

// waitFor returns once the head has reached seq, or with ctx's error.
func (h *Hub) waitFor(ctx context.Context, seq uint64) error {
	reached := make(chan struct{})
	h.mu.Lock()
	if h.head >= seq {
		h.mu.Unlock()
		return nil
	}
	h.waiters[reached] = seq
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.waiters, reached)
		h.mu.Unlock()
	}()
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryMin and retryMax bound the pause between two attempts at the journal.
const (
	retryMin = 100 * time.Millisecond
	retryMax = 2 * time.Second
)
