package task_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams/task"
)

// TestNothingRunsAfterClose: when Close has returned no goroutine is left, whatever
// the tasks were doing.
func TestNothingRunsAfterClose(t *testing.T) {
	for name, before := range map[string]func(ctx context.Context, d hub.Draft) error{
		"publishing": nil,
		"the journal is stuck": func(ctx context.Context, d hub.Draft) error {
			if d.Name == "task_started" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		},
		"the journal fails": func(_ context.Context, d hub.Draft) error {
			if d.Name == "task_started" {
				return nil
			}
			return hub.ErrJournal
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := task.New(&hubtest.Recorder{Before: before}, task.Config{Concurrent: 8})
				for _, f := range []task.Func{
					untilCancelled,
					func(context.Context, *task.Task) (any, error) { return 1, nil },
					func(context.Context, *task.Task) (any, error) { panic("on fire") },
					func(ctx context.Context, run *task.Task) (any, error) {
						for ctx.Err() == nil {
							run.Progress(50, "")
							time.Sleep(10 * time.Millisecond)
						}
						return nil, nil
					},
				} {
					start(t, s, task.Spec{Type: "t"}, f)
				}
				time.Sleep(time.Second)
				if len(hubtest.Goroutines("latido/streams/task")) == 0 {
					t.Error("no goroutine runs: the check sees nothing")
				}
				equal(t, "Close", s.Close(), nil)
				synctest.Wait()
				for _, stack := range hubtest.Goroutines("latido/streams/task") {
					t.Errorf("runs on:\n%s", stack)
				}
			})
		})
	}
}
