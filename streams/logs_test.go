package streams_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams"
	"latido/streams/event"
)

// logger returns a logger in front of logs whose ordinary handler writes to
// the buffer.
func logger(logs *streams.Logs) (*slog.Logger, *bytes.Buffer) {
	out := &bytes.Buffer{}
	return slog.New(logs.Handler(slog.NewTextHandler(out, nil))), out
}

func messages(t *testing.T, out *hubtest.Recorder) (all []string) {
	t.Helper()
	for _, e := range out.All() {
		all = append(all, e.Object(t)["message"].(string))
	}
	return all
}

func TestLogsOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, _ := logger(logs)
		for i := range 522 {
			log.Info("m", "i", i) // nobody drains, and this must not wait
		}
		equal(t, "dropped", logs.Dropped(), 10)
		out := &hubtest.Recorder{}
		stop := run(t, logs, out)
		sleep(time.Minute)
		equal(t, "published", len(out.All()), 513)
		all := messages(t, out)
		equal(t, "first", all[0], "m i=0")
		equal(t, "notice", all[1], "log records missing here: count=10")
		equal(t, "level of the notice", out.All()[1].Object(t)["level"], any("WARNING"))
		equal(t, "last", all[512], "m i=511")
		for i, e := range out.All()[3:] {
			if gap := e.At.Sub(out.All()[i+2].At); gap < 20*time.Millisecond {
				t.Fatalf("entries %v apart, want 50 a second at most", gap)
			}
		}
		log.Info("after")
		sleep(time.Second)
		equal(t, "no second notice", len(out.All()), 514)
		stop()
	})
}

func TestLogsTellsOfDropsAtMostEachTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, _ := logger(logs)
		out := &hubtest.Recorder{}
		stop := run(t, logs, out)
		for range 30 {
			for range 600 {
				log.Info("storm")
			}
			sleep(time.Second)
		}
		stop()
		var notices, missing int
		var before time.Time
		for i, text := range messages(t, out) {
			var n int
			if _, err := fmt.Sscanf(text, "log records missing here: count=%d", &n); err != nil {
				continue
			}
			at := out.All()[i].At
			if at.Sub(before) < 10*time.Second {
				t.Errorf("a notice %v after the one before", at.Sub(before))
			}
			notices++
			missing += n
			before = at
		}
		if notices < 3 {
			t.Errorf("%d notices in 30 s", notices)
		}
		if missing == 0 || uint64(missing) > logs.Dropped() {
			t.Errorf("notices report %d, dropped are %d", missing, logs.Dropped())
		}
	})
}

// TestLogsConcurrently logs from many goroutines while the queue is drained.
func TestLogsConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log := slog.New(logs.Handler(slog.NewTextHandler(&bytes.Buffer{}, nil)))
		out := &hubtest.Recorder{}
		stop := run(t, logs, out)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				own := log.With("i", i).WithGroup("g")
				for j := range 50 {
					own.Info("m", "j", j)
				}
			})
		}
		wg.Wait()
		sleep(time.Minute)
		stop()
		equal(t, "published and dropped", uint64(len(out.All()))+logs.Dropped(), 400)
	})
}

// TestLogsKeepsItsEntry: what the journal could not store is published once
// it can be, once, even if a time-out hid that it was stored.
func TestLogsKeepsItsEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, _ := logger(logs)
		log.Info("one")
		log.Info("two")
		out := &hubtest.Recorder{}
		lost := out.Publish
		slow := publisher(func(ctx context.Context, d hub.Draft) (hub.Receipt, error) {
			if _, err := lost(ctx, d); err != nil {
				return hub.Receipt{}, err
			}
			<-ctx.Done() // stored, but the reply is lost
			return hub.Receipt{}, ctx.Err()
		})
		if err := logs.Run(t.Context(), slow); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Run: %v", err)
		}
		stop := run(t, logs, out)
		sleep(time.Second)
		stop()
		equal(t, "messages", strings.Join(messages(t, out), " "), "one two")
		equal(t, "dropped", logs.Dropped(), 0)
	})
}

type publisher func(ctx context.Context, d hub.Draft) (hub.Receipt, error)

func (f publisher) Publish(ctx context.Context, d hub.Draft) (hub.Receipt, error) { return f(ctx, d) }

func TestLogsDropsWhatIsRefusedForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, _ := logger(logs)
		log.Info("poison")
		log.Info("fine")
		out := &hubtest.Recorder{Before: func(_ context.Context, d hub.Draft) error {
			if strings.Contains(string(d.Data), "poison") {
				return errors.New("refused")
			}
			return nil
		}}
		stop := run(t, logs, out)
		sleep(time.Second)
		stop()
		equal(t, "messages", strings.Join(messages(t, out), "; "), "log records missing here: count=1; fine")
		equal(t, "dropped", logs.Dropped(), 1)
	})
}

func TestLogsFlushesAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, _ := logger(logs)
		for range 100 {
			log.Info("m")
		}
		out := &hubtest.Recorder{}
		stop := run(t, logs, out)
		synctest.Wait()
		equal(t, "published before", len(out.All()), 1)
		stop()
		equal(t, "published after", len(out.All()), 100)
	})
}

func TestLogsFlushIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, _ := logger(logs)
		for range 100 {
			log.Info("m")
		}
		out := &hubtest.Recorder{Before: func(ctx context.Context, _ hub.Draft) error {
			select {
			case <-ctx.Done():
			case <-time.After(900 * time.Millisecond):
			}
			return nil
		}}
		stop := run(t, logs, out)
		synctest.Wait()
		began := time.Now()
		stop()
		if got := time.Since(began); got > 3*time.Second {
			t.Errorf("stopping took %v", got)
		}
	})
}

// TestLogsDoesNotFeedOnItself: the journal is away for an hour and all log about
// it, and yet the record with another cause alone becomes an event.
func TestLogsDoesNotFeedOnItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, ordinary := logger(logs)
		began := time.Now()
		var tries atomic.Int64
		out := &hubtest.Recorder{Before: func(ctx context.Context, d hub.Draft) error {
			tries.Add(1)
			if time.Since(began) < time.Hour {
				log.ErrorContext(ctx, "the journal is away")
				return fmt.Errorf("%w: no reply", hub.ErrJournal)
			}
			log.InfoContext(ctx, "published", "name", d.Name)
			return nil
		}}
		s, err := streams.NewSupervisor(out, log, logs)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		log.Info("hello")
		sleep(time.Hour)
		state := s.States()[0]
		equal(t, "status", state.State, event.ProducerRetrying)
		if n := tries.Load(); n > 165 {
			t.Errorf("%d tries in an hour", n)
		}
		sleep(time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		equal(t, "messages", strings.Join(messages(t, out), "; "), "hello")
		if !strings.Contains(ordinary.String(), "a producer failed") {
			t.Errorf("the ordinary log lacks the failure: %.300s", ordinary)
		}
	})
}

// TestLogsBoundsForeignFeedback: a publisher that logs without the context it
// was given is like any other, so the pace is the bound.
func TestLogsBoundsForeignFeedback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := streams.NewLogs(streams.LogsConfig{})
		log, _ := logger(logs)
		out := &hubtest.Recorder{Before: func(context.Context, hub.Draft) error {
			log.Info("published")
			return nil
		}}
		log.Info("hello")
		stop := run(t, logs, out)
		sleep(10 * time.Second)
		if n := len(out.All()); n > 501 {
			t.Errorf("%d events in 10 s, want 50 a second at most", n)
		}
		stop()
	})
}
