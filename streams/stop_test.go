package streams

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

// failing is a producer that the supervisor waits to call again.
type failing struct{}

func (failing) Name() string                             { return "failing" }
func (failing) Run(context.Context, hub.Publisher) error { panic("on fire") }

// TestNothingRunsAfterTheSupervisor: when Run has returned no goroutine is left,
// whatever its producers were doing.
func TestNothingRunsAfterTheSupervisor(t *testing.T) {
	for name, publish := range map[string]func(ctx context.Context) error{
		"while it publishes": nil,
		"while the journal is stuck": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
		"while the journal fails": func(context.Context) error { return hub.ErrJournal },
	} {
		for _, after := range []time.Duration{0, time.Millisecond, time.Second, 20 * time.Second, time.Minute + time.Second} {
			t.Run(name+" after "+after.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					out := &hubtest.Recorder{}
					if publish != nil {
						out.Before = func(ctx context.Context, _ hub.Draft) error { return publish(ctx) }
					}
					logs := NewLogs(LogsConfig{})
					log := slog.New(logs.Handler(slog.NewTextHandler(io.Discard, nil)))
					metrics := NewMetrics(MetricsConfig{Log: log})
					metrics.probe = newRig()
					s, err := NewSupervisor(out, log, logs, metrics, failing{})
					if err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithCancel(t.Context())
					done := make(chan error, 1)
					go func() { done <- s.Run(ctx) }()
					sleepBubble(after)
					if after > 0 && len(hubtest.Goroutines("latido/streams")) == 0 {
						t.Error("no goroutine runs: the check sees nothing")
					}
					cancel()
					if err := <-done; err != nil {
						t.Errorf("Run: %v", err)
					}
					synctest.Wait()
					for _, stack := range hubtest.Goroutines("latido/streams") {
						t.Errorf("runs on:\n%s", stack)
					}
				})
			})
		}
	}
}
