package streams

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync"
	"time"

	"latido/hub"
)

const (
	progressGap = 250 * time.Millisecond // at most four task_progress a second
	endWithin   = time.Minute            // how long the end of a task is tried to be published
	firstAgain  = 500 * time.Millisecond
	lastAgain   = 10 * time.Second
)

// Task is a running task as its function sees it. Its methods may be called
// from any goroutine, and do nothing once the function has returned.
type Task struct {
	spec   Spec
	key    string // makes the events of this run safe to publish twice
	owner  *Tasks
	cancel context.CancelCauseFunc // ends the function's context; the first cause stands
	dirty  chan struct{}           // capacity 1: there is progress to tell
	over   chan struct{}           // closed when the function has returned

	done bool // the function has returned; guarded by Tasks.mu

	mu      sync.Mutex
	latest  *taskProgress // nil when told
	summary string
}

func newTask(spec Spec, owner *Tasks, cancel context.CancelCauseFunc) *Task {
	return &Task{
		spec:    spec,
		key:     newID("run_"),
		owner:   owner,
		cancel:  cancel,
		dirty:   make(chan struct{}, 1),
		over:    make(chan struct{}),
		summary: "Tarea completada exitosamente",
	}
}

// ID is the task's id.
func (t *Task) ID() string { return t.spec.ID }

// Progress tells how far the work is, 0 to 100 percent; what is outside is
// moved inside. It never waits: at most four task_progress a second are
// published, always the newest, and the last one before the end always is.
func (t *Task) Progress(percent float64, message string) {
	if math.IsNaN(percent) {
		return
	}
	t.mu.Lock()
	t.latest = &taskProgress{
		ID:       t.spec.ID,
		Progress: round(math.Max(0, math.Min(100, percent)), 2),
		Message:  shorten(message, maxTaskText),
	}
	t.mu.Unlock()
	select {
	case t.dirty <- struct{}{}:
	default: // the reporter has been told already
	}
}

// Summary sets the message of task_completed.
func (t *Task) Summary(message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.summary = shorten(message, maxTaskText)
}

// run does the work and tells its end. ctx is the function's.
func (t *Task) run(ctx context.Context, f TaskFunc) {
	defer t.owner.remove(t)
	fresh := context.WithoutCancel(ctx)
	var reporter sync.WaitGroup
	reporter.Go(func() { t.report(fresh) })
	var result any
	err := guard(func() (err error) {
		result, err = f(ctx, t)
		return err
	})
	t.owner.mu.Lock()
	t.done = true // from here on Cancel says that it came too late
	cause := context.Cause(ctx)
	t.owner.mu.Unlock()
	t.cancel(nil)
	close(t.over)
	reporter.Wait()
	if cause != nil {
		err = cause
	}
	name, data := t.end(fresh, result, err)
	t.publishEnd(fresh, name, data)
}

// report publishes progress until the task is over, what is left then included.
func (t *Task) report(ctx context.Context) {
	complained := false
	tell := func() {
		t.mu.Lock()
		latest := t.latest
		t.latest = nil
		t.mu.Unlock()
		if latest == nil {
			return
		}
		latest.Timestamp = stamp(time.Now())
		err := t.publish(ctx, "task_progress", *latest)
		if err != nil && !complained {
			// Once a task, not four times a second; what follows is newer anyway.
			complained = true
			t.complain(ctx, slog.LevelWarn, "a task's progress was lost", err)
		}
	}
	for {
		select {
		case <-t.dirty:
			tell()
		case <-t.over:
			tell()
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

// publish sends one event of the task; only progress has no key, as it is
// never sent twice.
func (t *Task) publish(ctx context.Context, name string, data any) error {
	draft := hub.Draft{Name: name, Channel: "tasks", User: t.spec.User}
	if name != "task_progress" {
		draft.Key = t.key + "/" + name
	}
	return publish(ctx, t.owner.publisher, draft, data)
}

// publishEnd tries for a minute, or once more after Close was called: without
// its end a task would seem to run for ever.
func (t *Task) publishEnd(ctx context.Context, name string, data any) {
	deadline := time.Now().Add(endWithin)
	for again := firstAgain; ; again = min(2*again, lastAgain) {
		stopping := t.stopping()
		err := t.publish(ctx, name, data)
		if err == nil {
			return
		}
		if stopping || time.Now().After(deadline) || !errors.Is(err, hub.ErrJournal) && ctxFree(err) {
			t.complain(ctx, slog.LevelError, "the end of a task was lost", err)
			return
		}
		gap := time.NewTimer(again)
		select {
		case <-gap.C:
		case <-t.owner.stopping:
		}
		gap.Stop()
	}
}

// ctxFree reports whether err has nothing to do with a time-out.
func ctxFree(err error) bool {
	return !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)
}

func (t *Task) stopping() bool {
	select {
	case <-t.owner.stopping:
		return true
	default:
		return false
	}
}

func (t *Task) complain(ctx context.Context, level slog.Level, text string, err error) {
	t.owner.log.LogAttrs(ctx, level, text,
		append(errorAttrs(err), slog.String("task", t.spec.ID))...)
}
