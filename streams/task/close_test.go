package task_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/streams/task"
)

func TestTasksClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		id := start(t, s, task.Spec{Type: "t"}, func(ctx context.Context, run *task.Task) (any, error) {
			run.Progress(10, "")
			<-ctx.Done()
			time.Sleep(time.Second) // tidies up
			return nil, ctx.Err()
		})
		sleep(time.Second)
		began := time.Now()
		cancel()
		equal(t, "Run", <-done, nil)
		equal(t, "time to stop", time.Since(began), time.Second)
		equal(t, "names", strings.Join(out.Names(), " "), "task_started task_progress task_failed")
		data := last(t, out, "task_failed")
		equal(t, "error", data["error"], any("the server stopped"))
		equal(t, "message", data["message"], any("El servidor se detuvo antes de terminar la tarea"))
		equal(t, "running", s.Running(id), false)
		_, err := s.Start(t.Context(), task.Spec{Type: "t"}, untilCancelled)
		equal(t, "Start", err, task.ErrClosed)
	})
}

// TestTasksCloseWithoutAJournal: stopping does not wait for a journal that
// does not reply longer than a few seconds.
func TestTasksCloseWithoutAJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		out.Before = func(ctx context.Context, d hub.Draft) error {
			if d.Name == "task_started" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		start(t, s, task.Spec{Type: "t"}, func(context.Context, *task.Task) (any, error) { return 1, nil })
		start(t, s, task.Spec{Type: "t"}, untilCancelled)
		sleep(2 * time.Second)
		began := time.Now()
		equal(t, "Close", s.Close(), nil)
		if got := time.Since(began); got > 6*time.Second {
			t.Errorf("Close took %v", got)
		}
	})
}

// TestTasksCloseBetweenTries: a long pause before the next try is cut short.
func TestTasksCloseBetweenTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		var up atomic.Bool
		out.Before = func(_ context.Context, d hub.Draft) error {
			if d.Name == "task_started" || up.Load() {
				return nil
			}
			return hub.ErrJournal
		}
		start(t, s, task.Spec{Type: "t"}, func(context.Context, *task.Task) (any, error) { return 1, nil })
		sleep(17 * time.Second) // tries at 0.5, 1.5, 3.5, 7.5 and 15.5 s; the next at 25.5 s
		up.Store(true)
		began := time.Now()
		equal(t, "Close", s.Close(), nil)
		equal(t, "time to stop", time.Since(began), 0)
		last(t, out, "task_completed")
	})
}

func TestTasksRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{Concurrent: 8})
		for range 200 {
			go func() {
				id, err := s.Start(t.Context(), task.Spec{Type: "t"}, func(ctx context.Context, run *task.Task) (any, error) {
					go run.Progress(50, "")
					run.Progress(100, "")
					return nil, ctx.Err()
				})
				if err == nil {
					_ = s.Cancel(id) // may be over already
				}
			}()
		}
		synctest.Wait()
		equal(t, "Close", s.Close(), nil)
		names := out.Names()
		started := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n != "task_started" }))
		ended := len(slices.DeleteFunc(names, func(n string) bool { return n != "task_completed" && n != "task_failed" }))
		if started == 0 || started != ended {
			t.Errorf("%d started, %d ended", started, ended)
		}
	})
}
