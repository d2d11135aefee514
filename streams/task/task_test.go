package task_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/hub/hubtest"
	"latido/streams/task"
)

// newTasks makes a service that the test's end closes, if the test has not.
func newRunner(t *testing.T, cfg task.Config) (*task.Runner, *hubtest.Recorder) {
	t.Helper()
	out := &hubtest.Recorder{}
	s := task.New(out, cfg)
	t.Cleanup(func() { equal(t, "Close", s.Close(), nil) })
	return s, out
}

func start(t *testing.T, s *task.Runner, spec task.Spec, f task.Func) string {
	t.Helper()
	id, err := s.Start(t.Context(), spec, f)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return id
}

// last returns the data of the last event, which must have this name.
func last(t *testing.T, out *hubtest.Recorder, name string) hubtest.Object {
	t.Helper()
	all := out.All()
	if len(all) == 0 || all[len(all)-1].Name != name {
		t.Fatalf("events %v, want the last to be %s", out.Names(), name)
	}
	return all[len(all)-1].Object(t)
}

func untilCancelled(ctx context.Context, _ *task.Task) (any, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

type key struct{}

func TestTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		request, hangUp := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
		id, err := s.Start(request, task.Spec{Type: "import", User: 7, Message: "Importando"},
			func(ctx context.Context, run *task.Task) (any, error) {
				hangUp() // the request is over long before the task
				time.Sleep(time.Second)
				run.Progress(40.126, "casi")
				time.Sleep(time.Second)
				run.Summary("Importación lista")
				return map[string]any{"rows": 3, "kept": ctx.Value(key{}), "err": ctx.Err()}, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "running", s.Running(id), true)
		sleep(3 * time.Second)
		equal(t, "running at the end", s.Running(id), false)
		equal(t, "names", strings.Join(out.Names(), " "), "task_started task_progress task_completed")
		hubtest.Object{"id": id}.WantMatch(t, "id", "task_[0-9a-f]{16}")
		all := out.All()
		for _, e := range all {
			equal(t, "channel", e.Channel, "tasks")
			equal(t, "user", e.User, 7)
			equal(t, "task_id", e.Object(t)["task_id"], any(id))
			e.Object(t).WantTime(t, e.At)
		}
		started, progress, completed := all[0].Object(t), all[1].Object(t), all[2].Object(t)
		started.WantKeys(t, "task_id", "task_type", "status", "message", "timestamp")
		equal(t, "type", started["task_type"], any("import"))
		equal(t, "status", started["status"], any("started"))
		equal(t, "message", started["message"], any("Importando"))
		progress.WantKeys(t, "task_id", "progress", "message", "timestamp")
		equal(t, "progress", progress["progress"], any(40.13))
		equal(t, "message", progress["message"], any("casi"))
		completed.WantKeys(t, "task_id", "status", "result", "message", "timestamp")
		equal(t, "status", completed["status"], any("completed"))
		equal(t, "message", completed["message"], any("Importación lista"))
		equal(t, "result", fmt.Sprint(completed["result"]), "map[err:<nil> kept:kept rows:3]")
	})
}

func TestTaskFailures(t *testing.T) {
	type bad struct{ C chan int }
	cases := map[string]struct {
		f       task.Func
		err     string
		message string
		logs    string
	}{
		"error": {
			func(context.Context, *task.Task) (any, error) { return 1, errors.New("no rows") },
			"no rows", "La tarea falló", "a task failed",
		},
		"panic": {
			func(context.Context, *task.Task) (any, error) { panic("at the disco") },
			"internal error", "La tarea falló", "at the disco",
		},
		"result that can't be encoded": {
			func(context.Context, *task.Task) (any, error) { return bad{make(chan int)}, nil },
			"the result can't be encoded: json: unsupported type: chan int", "La tarea falló", "a task failed",
		},
		"result that is too large": {
			func(context.Context, *task.Task) (any, error) { return strings.Repeat("x", 1<<16), nil },
			"the result is 65538 bytes long, 65536 are allowed", "La tarea falló", "a task failed",
		},
		"result that panics": {
			func(context.Context, *task.Task) (any, error) { return explosive{}, nil },
			"internal error", "La tarea falló", "boom",
		},
		"long error": {
			func(context.Context, *task.Task) (any, error) { return nil, errors.New(strings.Repeat("x", 5000)) },
			strings.Repeat("x", 997) + "…", "La tarea falló", "a task failed",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s, out := newRunner(t, task.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
				id := start(t, s, task.Spec{Type: "t"}, c.f)
				synctest.Wait()
				data := last(t, out, "task_failed")
				data.WantKeys(t, "task_id", "status", "error", "message", "timestamp")
				equal(t, "task_id", data["task_id"], any(id))
				equal(t, "status", data["status"], any("failed"))
				equal(t, "error", data["error"], any(c.err))
				equal(t, "message", data["message"], any(c.message))
				equal(t, "events", len(out.All()), 2)
				if !strings.Contains(log.String(), c.logs) || !strings.Contains(log.String(), id) {
					t.Errorf("the log lacks %q or the task: %s", c.logs, &log)
				}
			})
		})
	}
}

type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("boom") }

func TestTaskProgressIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		start(t, s, task.Spec{Type: "t"}, func(_ context.Context, run *task.Task) (any, error) {
			for i := range 1001 {
				run.Progress(float64(i)/10, "")
				time.Sleep(3 * time.Millisecond)
			}
			return nil, nil
		})
		sleep(time.Minute)
		events := out.All()
		events = events[1 : len(events)-1]
		if len(events) < 12 || len(events) > 14 {
			t.Errorf("%d task_progress in 3 s, want 4 a second", len(events))
		}
		before := -1.0
		for i, e := range events {
			equal(t, "name", e.Name, "task_progress")
			if i > 0 && i < len(events)-1 && e.At.Sub(events[i-1].At) < 250*time.Millisecond {
				t.Errorf("task_progress after %v", e.At.Sub(events[i-1].At))
			}
			now := e.Object(t)["progress"].(float64)
			if now <= before {
				t.Errorf("progress %v after %v", now, before)
			}
			before = now
		}
		equal(t, "last progress", before, 100)
	})
}

// TestTaskProgressLater: progress that was held back appears when the gap has
// passed, and not at the end of the task alone.
func TestTaskProgressLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		start(t, s, task.Spec{Type: "t"}, func(_ context.Context, run *task.Task) (any, error) {
			run.Progress(math.NaN(), "")
			time.Sleep(time.Second)
			run.Progress(-5, "")
			synctest.Wait()
			run.Progress(500, "")
			time.Sleep(time.Hour)
			return nil, nil
		})
		sleep(3 * time.Second)
		equal(t, "names", strings.Join(out.Names(), " "), "task_started task_progress task_progress")
		equal(t, "low", out.All()[1].Object(t)["progress"], any(0.0))
		equal(t, "high", out.All()[2].Object(t)["progress"], any(100.0))
	})
}

// TestTaskProgressAtItsEnd: the last report is published before the end, although it
// was held back.
func TestTaskProgressAtItsEnd(t *testing.T) {
	for range 20 { // the reporter has two reasons to wake, in no order
		synctest.Test(t, func(t *testing.T) {
			s, out := newRunner(t, task.Config{})
			start(t, s, task.Spec{Type: "t"}, func(_ context.Context, run *task.Task) (any, error) {
				run.Progress(1, "")
				synctest.Wait()
				run.Progress(2, "")
				return nil, nil
			})
			sleep(time.Second)
			equal(t, "names", strings.Join(out.Names(), " "), "task_started task_progress task_progress task_completed")
			equal(t, "last progress", out.All()[2].Object(t)["progress"], any(2.0))
		})
	}
}

func TestTaskProgressAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, out := newRunner(t, task.Config{})
		var kept *task.Task
		id := start(t, s, task.Spec{Type: "t"}, func(_ context.Context, run *task.Task) (any, error) {
			kept = run
			return nil, nil
		})
		synctest.Wait()
		kept.Progress(50, "")
		sleep(time.Second)
		last(t, out, "task_completed")
		equal(t, "id", kept.ID(), id)
	})
}

func TestTaskCancel(t *testing.T) {
	functions := map[string]task.Func{
		"returns the context's error": untilCancelled,
		"returns nil": func(ctx context.Context, _ *task.Task) (any, error) {
			<-ctx.Done()
			return "half", nil
		},
		"panics": func(ctx context.Context, _ *task.Task) (any, error) {
			<-ctx.Done()
			panic("at the disco")
		},
	}
	for name, f := range functions {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, out := newRunner(t, task.Config{})
				id := start(t, s, task.Spec{Type: "t"}, f)
				equal(t, "unknown", s.Cancel("task_0"), task.ErrNotFound)
				equal(t, "known", s.Cancel(id), nil)
				synctest.Wait()
				data := last(t, out, "task_failed")
				equal(t, "error", data["error"], any("cancelled"))
				equal(t, "message", data["message"], any("Tarea cancelada"))
				equal(t, "over", s.Cancel(id), task.ErrNotFound)
				equal(t, "running", s.Running(id), false)
				equal(t, "events", len(out.All()), 2)
			})
		})
	}
}
