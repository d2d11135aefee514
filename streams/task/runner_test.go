package task_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/streams/task"
)

// TestTaskCancelAfterTheWork: from the moment its function has returned a task
// can't be cancelled any more, though its end is not published yet.
func TestTaskCancelAfterTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{Concurrent: 1})
		var up atomic.Bool
		out.Before = func(_ context.Context, d hub.Draft) error {
			if d.Name == "task_completed" && !up.Load() {
				return hub.ErrJournal
			}
			return nil
		}
		id := start(t, s, task.Spec{ID: "one", Type: "t"}, func(context.Context, *task.Task) (any, error) { return 1, nil })
		synctest.Wait()
		equal(t, "Cancel", s.Cancel(id), task.ErrNotFound)
		equal(t, "running", s.Running(id), false)
		_, err := s.Start(t.Context(), task.Spec{ID: "one", Type: "t"}, untilCancelled)
		equal(t, "its id", err, task.ErrExists)
		two := start(t, s, task.Spec{Type: "t"}, untilCancelled) // its place is free
		equal(t, "Cancel", s.Cancel(two), nil)
		up.Store(true)
		sleep(time.Minute)
		last(t, out, "task_completed")
	})
}

func TestTasksAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		var ids []string
		for range 4 {
			ids = append(ids, start(t, s, task.Spec{Type: "t"}, untilCancelled))
		}
		_, err := s.Start(t.Context(), task.Spec{Type: "t"}, untilCancelled)
		equal(t, "fifth", err, task.ErrBusy)
		_, err = s.Start(t.Context(), task.Spec{ID: ids[0], Type: "t"}, untilCancelled)
		equal(t, "same id", err, task.ErrExists)
		equal(t, "events", len(out.All()), 4)
		equal(t, "Cancel", s.Cancel(ids[0]), nil)
		synctest.Wait()
		start(t, s, task.Spec{ID: ids[0], Type: "t"}, untilCancelled)
		equal(t, "events after the second start", len(out.All()), 6)
	})
}

// TestTasksThatCannotTellTheirEnd are bounded as well.
func TestTasksThatCannotTellTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{Concurrent: 2})
		out.Before = func(context.Context, hub.Draft) error { return hub.ErrJournal }
		refused := 0
		for range 40 {
			_, err := s.Start(t.Context(), task.Spec{Type: "t"}, untilCancelled)
			synctest.Wait()
			if errors.Is(err, task.ErrBusy) {
				refused++
			} else if !errors.Is(err, hub.ErrJournal) {
				t.Fatalf("Start: %v", err)
			}
		}
		equal(t, "refused", refused, 40-16)
	})
}

func TestTaskSpecs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		for _, spec := range []task.Spec{
			{}, {Type: "a b"}, {Type: strings.Repeat("x", 65)}, {Type: "t", ID: "../etc"}, {Type: "t", ID: "ñ"},
			{Type: "t", ID: strings.Repeat("x", 65)}, {Type: "t", User: -1},
		} {
			if _, err := s.Start(t.Context(), spec, untilCancelled); !errors.Is(err, task.ErrSpec) {
				t.Errorf("%+v: %v, want ErrSpec", spec, err)
			}
		}
		equal(t, "events", len(out.All()), 0)
		start(t, s, task.Spec{ID: "A-z_9", Type: "t", Message: strings.Repeat("ñ", 600)}, untilCancelled)
		message := out.All()[0].Object(t)["message"].(string)
		if len(message) > 1000 || !strings.HasSuffix(message, "ñ…") {
			t.Errorf("a message of %d bytes", len(message))
		}
		start(t, s, task.Spec{Type: "t"}, untilCancelled)
		out.All()[1].Object(t).WantMatch(t, "message", "Tarea iniciada")
	})
}

// TestTaskThatCannotStart: nothing is done, and a client that saw task_started
// all the same (a time-out may hide that it was stored) sees the end too.
func TestTaskThatCannotStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		began := time.Now()
		out.Before = func(context.Context, hub.Draft) error {
			if time.Since(began) < 20*time.Second {
				return fmt.Errorf("%w: away", hub.ErrJournal)
			}
			return nil
		}
		_, err := s.Start(t.Context(), task.Spec{Type: "t"}, func(context.Context, *task.Task) (any, error) {
			t.Error("the function was called")
			return nil, nil
		})
		if !errors.Is(err, hub.ErrJournal) {
			t.Errorf("Start: %v", err)
		}
		sleep(time.Minute)
		equal(t, "names", strings.Join(out.Names(), " "), "task_failed")
		last(t, out, "task_failed").WantMatch(t, "error", "publish task_started: journal unavailable: away")
	})
}

// TestTaskEndIsTriedAgain: the end survives a journal that is away for half a
// minute, and appears once although a reply was lost.
func TestTaskEndIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &hubtest.Recorder{}
		began := time.Now()
		var log bytes.Buffer
		s := task.New(publisher(func(ctx context.Context, d hub.Draft) (hub.Receipt, error) {
			if d.Name == "task_started" {
				return out.Publish(ctx, d)
			}
			switch age := time.Since(began); {
			case age < 15*time.Second:
				return hub.Receipt{}, hub.ErrJournal
			case age < 25*time.Second:
				if _, err := out.Publish(ctx, d); err != nil {
					return hub.Receipt{}, err
				}
				<-ctx.Done()
				return hub.Receipt{}, ctx.Err()
			}
			return out.Publish(ctx, d)
		}), task.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		start(t, s, task.Spec{Type: "t"}, func(context.Context, *task.Task) (any, error) { return 1, nil })
		sleep(time.Minute)
		equal(t, "names", strings.Join(out.Names(), " "), "task_started task_completed")
		equal(t, "Close", s.Close(), nil)
		equal(t, "log", log.String(), "")
	})
}

func TestTaskEndIsGivenUp(t *testing.T) {
	for name, failure := range map[string]error{"journal": hub.ErrJournal, "refused": hub.ErrData} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s, out := newRunner(t, task.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
				var tries []time.Time
				out.Before = func(_ context.Context, d hub.Draft) error {
					if d.Name != "task_started" {
						tries = append(tries, time.Now())
						return failure
					}
					return nil
				}
				start(t, s, task.Spec{Type: "t"}, func(context.Context, *task.Task) (any, error) { return 1, nil })
				sleep(5 * time.Minute)
				span := tries[len(tries)-1].Sub(tries[0])
				if refused := name == "refused"; refused != (len(tries) == 1) || refused != (span == 0) || span > 75*time.Second {
					t.Errorf("%d tries over %v", len(tries), span)
				}
				equal(t, "complaints", strings.Count(log.String(), "the end of a task was lost"), 1)
			})
		})
	}
}

func TestTaskProgressThatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, out := newRunner(t, task.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		out.Before = func(_ context.Context, d hub.Draft) error {
			if d.Name == "task_progress" {
				return hub.ErrJournal
			}
			return nil
		}
		start(t, s, task.Spec{Type: "t"}, func(_ context.Context, run *task.Task) (any, error) {
			for i := range 10 {
				run.Progress(float64(i), "")
				time.Sleep(time.Second)
			}
			return nil, nil
		})
		sleep(time.Minute)
		equal(t, "names", strings.Join(out.Names(), " "), "task_started task_completed")
		equal(t, "complaints", strings.Count(log.String(), "a task's progress was lost"), 1)
	})
}
