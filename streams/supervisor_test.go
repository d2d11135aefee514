package streams_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams"
	"latido/streams/event"
)

type producer struct {
	name string
	run  func(ctx context.Context, call int) error

	calls []time.Time
}

func (p *producer) Name() string { return p.name }

func (p *producer) Run(ctx context.Context, _ hub.Publisher) error {
	p.calls = append(p.calls, time.Now())
	return p.run(ctx, len(p.calls))
}

func untilDone(ctx context.Context, _ int) error {
	<-ctx.Done()
	return ctx.Err()
}

func supervise(t *testing.T, log *slog.Logger, producers ...streams.Producer) (s *streams.Supervisor, stop func()) {
	t.Helper()
	s, err := streams.NewSupervisor(&hubtest.Recorder{}, log, producers...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func TestSupervisorKeepsProducersApart(t *testing.T) {
	failures := map[string]struct {
		run func() error
		err string
	}{
		"error":  {func() error { return errors.New("no fuel") }, "no fuel"},
		"panic":  {func() error { panic("on fire") }, "panic: on fire"},
		"nil":    {func() error { return nil }, "returned without being asked to"},
		"cancel": {func() error { return context.Canceled }, "context canceled"},
	}
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				bad := &producer{name: "bad", run: func(ctx context.Context, call int) error {
					if call == 1 {
						return failure.run()
					}
					return untilDone(ctx, call)
				}}
				good := &producer{name: "good", run: untilDone}
				began := time.Now()
				s, stop := supervise(t, slog.New(slog.NewTextHandler(&log, nil)), bad, good)
				synctest.Wait()
				equal(t, "bad", s.States()[0], event.Producer{Name: "bad", State: event.ProducerRetrying, Error: failure.err, Since: began})
				equal(t, "good", s.States()[1], event.Producer{Name: "good", State: event.ProducerRunning, Since: began})
				sleep(2 * time.Second)
				state := s.States()[0]
				equal(t, "restarted", state, event.Producer{
					Name: "bad", State: event.ProducerRunning, Restarts: 1, Error: failure.err, Since: bad.calls[1],
				})
				stop()
				equal(t, "bad stopped", s.States()[0].State, event.ProducerStopped)
				equal(t, "good stopped", s.States()[1].State, event.ProducerStopped)
				equal(t, "calls of the good one", len(good.calls), 1)
				for _, want := range []string{"producer=bad", failure.err, "level=ERROR", "retry_in="} {
					if !strings.Contains(log.String(), want) {
						t.Errorf("the log lacks %q: %s", want, &log)
					}
				}
				equal(t, "a stack in the log", strings.Contains(log.String(), "stack="), name == "panic")
			})
		})
	}
}

func TestSupervisorBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &producer{name: "bad", run: func(context.Context, int) error { return errors.New("no") }}
		s, stop := supervise(t, nil, bad)
		sleep(5 * time.Minute)
		stop()
		want := time.Second
		jitter := false
		for i := 1; i < len(bad.calls); i++ {
			got := bad.calls[i].Sub(bad.calls[i-1])
			if got > want || got < want*3/4 {
				t.Errorf("wait %d is %v, want %v less up to a quarter", i, got, want)
			}
			jitter = jitter || got != want
			want = min(2*want, 30*time.Second)
		}
		if len(bad.calls) < 13 || !jitter {
			t.Errorf("%d calls in five minutes, jitter %v", len(bad.calls), jitter)
		}
		equal(t, "restarts", s.States()[0].Restarts, len(bad.calls)-1)
	})
}

func TestSupervisorForgetsFailuresAfterAGoodMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &producer{name: "p"}
		p.run = func(ctx context.Context, call int) error {
			if call == 6 {
				time.Sleep(61 * time.Second)
			}
			return fmt.Errorf("failure %d", call)
		}
		s, stop := supervise(t, nil, p)
		sleep(40 * time.Second) // the waits before call 6 are 31 s at most
		equal(t, "calls", len(p.calls), 6)
		equal(t, "error of a restarted producer", s.States()[0].Error, "failure 5")
		sleep(time.Until(p.calls[5].Add(60*time.Second + time.Millisecond)))
		equal(t, "error after a good minute", s.States()[0].Error, "")
		sleep(3 * time.Second)
		stop()
		if got := p.calls[6].Sub(p.calls[5]) - 61*time.Second; got > time.Second {
			t.Errorf("the wait after a good minute is %v, want at most 1 s", got)
		}
	})
}

func TestSupervisorWaitsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &producer{name: "slow", run: func(ctx context.Context, _ int) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second)
			return errors.New("could not say goodbye")
		}}
		bad := &producer{name: "bad", run: func(context.Context, int) error { return errors.New("no") }}
		s, stop := supervise(t, nil, slow, bad)
		sleep(12 * time.Second) // bad waits for its next call now
		equal(t, "bad", s.States()[1].State, event.ProducerRetrying)
		began := time.Now()
		stop()
		equal(t, "time to stop", time.Since(began), 3*time.Second)
		equal(t, "slow", s.States()[0], event.Producer{
			Name: "slow", State: event.ProducerStopped, Error: "could not say goodbye", Since: time.Now(),
		})
		equal(t, "bad", s.States()[1].State, event.ProducerStopped)
		equal(t, "bad since", s.States()[1].Since, began)
	})
}

func TestSupervisorRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, stop := supervise(t, nil, &producer{name: "p", run: untilDone})
		synctest.Wait()
		equal(t, "second Run", s.Run(t.Context()), streams.ErrSupervised)
		stop()
	})
}

func TestSupervisorRefusesNames(t *testing.T) {
	a := &producer{name: "a", run: untilDone}
	for _, set := range [][]streams.Producer{{a, a}, {&producer{}}} {
		if _, err := streams.NewSupervisor(&hubtest.Recorder{}, nil, set...); !errors.Is(err, streams.ErrProducers) {
			t.Errorf("got %v, want ErrProducers", err)
		}
	}
	s, err := streams.NewSupervisor(&hubtest.Recorder{}, nil, a)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "state before Run", s.States()[0], event.Producer{Name: "a", State: event.ProducerStopped})
}

func TestSupervisorBoundsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Repeat("ñ", 1000)
		p := &producer{name: "p", run: func(context.Context, int) error { return errors.New(text) }}
		s, stop := supervise(t, nil, p)
		synctest.Wait()
		got := s.States()[0].Error
		if len(got) > 500 || len(got) < 490 || !strings.HasSuffix(got, "ñ…") {
			t.Errorf("an error of %d bytes: %q", len(got), got)
		}
		stop()
	})
}
