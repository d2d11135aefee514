package streams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"latido/hub"
	"latido/streams/event"
)

const (
	firstRetry   = time.Second
	lastRetry    = 30 * time.Second
	healthyAfter = time.Minute
	maxErrorText = 500 // bytes of a failure's text
)

// ErrProducers is wrapped when NewSupervisor is given a producer without a
// name, or two of one name.
var ErrProducers = errors.New("bad set of producers")

// ErrSupervised is returned by Run while another Run of the same supervisor has
// not returned.
var ErrSupervised = errors.New("the supervisor is running")

// errReturned is the failure of a producer that ended by itself without error.
var errReturned = errors.New("returned without being asked to")

// Producer publishes events until its context ends.
type Producer interface {
	// Name is unique within a supervisor and constant, such as "metrics".
	Name() string
	// Run publishes until ctx ends and returns soon after that. Any earlier
	// return, with or without an error, counts as a failure and is retried with
	// a new call. Calls do not overlap.
	Run(ctx context.Context, p hub.Publisher) error
}

// quiet is a producer whose failures must not become events, because it would
// have to publish them.
type quiet interface{ quiet() }

// Supervisor runs producers and isolates them: an error, a panic or an unexpected
// return of one is logged, reported by States and retried, and does not stop the
// others. Retries wait 1 s, doubling to 30 s, each less a random part of up to a
// quarter. The wait starts over when a producer has run for a minute.
type Supervisor struct {
	publisher hub.Publisher
	log       *slog.Logger
	producers []Producer

	mu      sync.Mutex
	running bool
	states  []event.Producer
}

// NewSupervisor returns a supervisor of producers that publish to p. A nil log
// discards records. Errors wrap ErrProducers.
func NewSupervisor(p hub.Publisher, log *slog.Logger, producers ...Producer) (*Supervisor, error) {
	s := &Supervisor{publisher: p, log: discard(log), producers: producers}
	seen := make(map[string]bool)
	for _, producer := range producers {
		name := producer.Name()
		if name == "" || seen[name] {
			return nil, fmt.Errorf("%w: the name %q is empty or taken", ErrProducers, name)
		}
		seen[name] = true
		s.states = append(s.states, event.Producer{Name: name, State: event.ProducerStopped})
	}
	return s, nil
}

// Run runs all producers until ctx ends, and returns nil when every one of them
// has returned. Its other result is ErrSupervised.
func (s *Supervisor) Run(ctx context.Context) error {
	s.mu.Lock()
	busy := s.running
	s.running = true
	s.mu.Unlock()
	if busy {
		return ErrSupervised
	}
	var wg sync.WaitGroup
	for i := range s.producers {
		wg.Go(func() { s.supervise(ctx, i) })
	}
	wg.Wait()
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
	return nil
}

// States returns the state of each producer, in the order of NewSupervisor. The last
// failure is cut at 500 bytes, and left out after a minute without one.
func (s *Supervisor) States() []event.Producer {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]event.Producer, len(s.states))
	copy(states, s.states)
	for i := range states {
		if st := &states[i]; st.State == event.ProducerRunning && time.Since(st.Since) >= healthyAfter {
			st.Error = ""
		}
	}
	return states
}

func (s *Supervisor) supervise(ctx context.Context, i int) {
	producer := s.producers[i]
	delay := firstRetry
	for {
		began := time.Now()
		s.set(i, func(st *event.Producer) { st.State = event.ProducerRunning })
		err := Guard(func() error { return producer.Run(ctx, s.publisher) })
		if ctx.Err() != nil {
			s.ended(ctx, i, err)
			return
		}
		if err == nil {
			err = errReturned
		}
		if time.Since(began) >= healthyAfter {
			delay = firstRetry
		}
		pause := delay - rand.N(delay/4)
		s.set(i, func(st *event.Producer) {
			st.State, st.Error = event.ProducerRetrying, event.Shorten(err.Error(), maxErrorText)
		})
		s.complain(ctx, producer, "a producer failed", err, slog.Duration("retry_in", pause))
		if !Wait(ctx, pause) {
			s.set(i, func(st *event.Producer) { st.State = event.ProducerStopped })
			return
		}
		delay = min(2*delay, lastRetry)
		s.set(i, func(st *event.Producer) { st.Restarts++ })
	}
}

// ended records that a producer has returned after its context ended.
func (s *Supervisor) ended(ctx context.Context, i int, err error) {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		s.set(i, func(st *event.Producer) { st.State = event.ProducerStopped })
		return
	}
	s.set(i, func(st *event.Producer) {
		st.State, st.Error = event.ProducerStopped, event.Shorten(err.Error(), maxErrorText)
	})
	s.complain(ctx, s.producers[i], "a producer failed while it stopped", err)
}

func (s *Supervisor) complain(ctx context.Context, p Producer, text string, err error, more ...slog.Attr) {
	if _, own := p.(quiet); own {
		ctx = NoEvent(ctx)
	}
	attrs := append([]slog.Attr{slog.String("producer", p.Name())}, ErrorAttrs(err)...)
	s.log.LogAttrs(ctx, slog.LevelError, text, append(attrs, more...)...)
}

func (s *Supervisor) set(i int, change func(*event.Producer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &s.states[i]
	before := st.State
	change(st)
	if st.State != before || st.Since.IsZero() {
		st.Since = time.Now()
	}
}
