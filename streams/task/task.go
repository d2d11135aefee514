package task

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"latido/hub"
	"latido/streams"
	"latido/streams/event"
)

const progressGap = 250 * time.Millisecond // between two task_progress

// Task is a running task as its Func sees it. Its methods may be called from any
// goroutine and do nothing after the Func has returned.
type Task struct {
	spec   Spec
	key    string // makes the events of this run safe to publish twice
	runner *Runner
	cancel context.CancelCauseFunc // ends the Func's context; the first cause stays
	dirty  chan struct{}           // capacity 1: there is progress to publish
	over   chan struct{}           // closed when the Func has returned

	done bool // the Func has returned; guarded by Runner.mu

	mu      sync.Mutex
	latest  *event.TaskProgress // nil when published
	summary string
}

func newTask(spec Spec, runner *Runner, cancel context.CancelCauseFunc) *Task {
	return &Task{
		spec:    spec,
		key:     event.NewID("run_"),
		runner:  runner,
		cancel:  cancel,
		dirty:   make(chan struct{}, 1),
		over:    make(chan struct{}),
		summary: "Tarea completada exitosamente",
	}
}

// ID returns the task's id.
func (t *Task) ID() string { return t.spec.ID }

// Progress reports how far the work is, in percent, clamped to 0 to 100. It does
// not wait: at most four task_progress a second are published, each with the
// newest report. The last report before the end is always published.
func (t *Task) Progress(percent float64, message string) {
	if math.IsNaN(percent) {
		return
	}
	percent = max(0, min(event.MaxProgress, percent))
	t.mu.Lock()
	t.latest = &event.TaskProgress{ID: t.spec.ID, Progress: event.Float(event.Round(percent, 2)), Message: message}
	t.mu.Unlock()
	select {
	case t.dirty <- struct{}{}:
	default: // the reporter has been woken already
	}
}

// Summary sets the message of task_completed.
func (t *Task) Summary(message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.summary = message
}

// run does the work and publishes its end. ctx is the Func's.
func (t *Task) run(ctx context.Context, f Func) {
	defer t.runner.remove(t)
	durable := context.WithoutCancel(ctx)
	var reporter sync.WaitGroup
	reporter.Go(func() { t.report(durable) })
	var result any
	err := streams.Guard(func() (err error) {
		result, err = f(ctx, t)
		return err
	})
	t.runner.mu.Lock()
	t.done = true // from here on Cancel returns ErrNotFound
	cause := context.Cause(ctx)
	t.runner.mu.Unlock()
	t.cancel(nil)
	close(t.over)
	reporter.Wait()
	if cause != nil {
		err = cause
	}
	t.publishEnd(durable, t.end(durable, result, err))
}

// report publishes progress until the task is over, and then what is left.
func (t *Task) report(ctx context.Context) {
	complained := false
	publish := func() {
		t.mu.Lock()
		latest := t.latest
		t.latest = nil
		t.mu.Unlock()
		if latest == nil {
			return
		}
		err := t.publish(ctx, latest.Draft(t.spec.User, time.Now()))
		if err != nil && !complained {
			// Once for a task, not four times a second: what follows is newer anyway.
			complained = true
			t.complain(ctx, slog.LevelWarn, "a task's progress was lost", err)
		}
	}
	for {
		select {
		case <-t.dirty:
			publish()
		case <-t.over:
			publish()
			return
		}
		gap := time.NewTimer(progressGap)
		select {
		case <-gap.C:
		case <-t.over:
		}
		gap.Stop()
	}
}

// publish stores one event of the task. Progress has no idempotency key, because
// it is not sent twice.
func (t *Task) publish(ctx context.Context, d hub.Draft) error {
	if d.Name != "task_progress" {
		d.Key = t.key + "/" + d.Name
	}
	return streams.Publish(ctx, t.runner.publisher, d)
}

func (t *Task) complain(ctx context.Context, level slog.Level, text string, err error) {
	attrs := append([]slog.Attr{slog.String("task", t.spec.ID)}, streams.ErrorAttrs(err)...)
	t.runner.log.LogAttrs(ctx, level, text, attrs...)
}
