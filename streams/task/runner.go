package task

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"latido/hub"
	"latido/streams/event"
)

const (
	defaultConcurrent = 4
	// endingFactor bounds all tasks, those included that wait to publish their
	// end, as a multiple of those that may work at a time.
	endingFactor = 8
)

var (
	// ErrBusy is returned when as many tasks run as may. Try again later.
	ErrBusy = errors.New("too many tasks are running")
	// ErrNotFound is returned for a task that is unknown or over, and for an
	// export that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrExists is returned when a task of the same id is running.
	ErrExists = errors.New("a task with this id is running")
	// ErrSpec is wrapped by every refusal of a Spec; the text says why.
	ErrSpec = errors.New("bad task")
	// ErrClosed is returned by Start after Close.
	ErrClosed = errors.New("tasks are closed")
)

// Causes of a task's context that ended early; clients read them in task_failed.
var (
	errCancelled = errors.New(event.TaskCancelled)
	errStopped   = errors.New("the server stopped")
)

// Config configures a Runner. The zero value works.
type Config struct {
	Concurrent int          // tasks that may work at a time; 0 for 4
	Log        *slog.Logger // records panics and lost events; nil to discard them
}

// Spec describes a task.
type Spec struct {
	ID      string // 1–64 characters of [A-Za-z0-9_-], not running; "" for a new "task_…"
	Type    string // the kind of work, 1–64 characters of [A-Za-z0-9_-]
	User    int64  // gets the task's events besides the channel tasks; 0 for no user
	Message string // of task_started; "" for a standard one; cut at 1000 bytes
}

// Func does a task's work. It must return soon after ctx ends. Its result, as
// JSON of at most 64 KiB, or the text of its error is published.
type Func func(ctx context.Context, t *Task) (result any, err error)

// Runner runs tasks in the background and publishes their events to the channel
// tasks and to the task's user:
//
//	task_started   {task_id, task_type, status "started", message, timestamp}
//	task_progress  {task_id, progress, message, timestamp}
//	task_completed {task_id, status "completed", result, message, timestamp}
//	task_failed    {task_id, status "failed", error, message, timestamp}
type Runner struct {
	publisher hub.Publisher
	log       *slog.Logger
	workers   int // tasks that may work at a time

	mu       sync.Mutex
	closed   bool
	stopping chan struct{} // closed by Close
	tasks    map[string]*Task
	running  sync.WaitGroup // one for each entry of tasks
}

// New returns a Runner that publishes to p. The caller must call Run or Close.
func New(p hub.Publisher, cfg Config) *Runner {
	if cfg.Concurrent <= 0 {
		cfg.Concurrent = defaultConcurrent
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{
		publisher: p,
		log:       cfg.Log,
		workers:   cfg.Concurrent,
		stopping:  make(chan struct{}),
		tasks:     make(map[string]*Task),
	}
}

// Run waits for ctx to end, closes the Runner and returns nil. Start works
// before Run.
func (r *Runner) Run(ctx context.Context) error {
	<-ctx.Done()
	return r.Close()
}

// Close refuses new tasks and stops those that run, which end with task_failed
// ("the server stopped"). It returns when all have ended and have published
// their end. It waits as long as the slowest Func takes to notice its context,
// and a few seconds for the publisher. It may be called again; it returns nil.
func (r *Runner) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.stopping)
	}
	for _, t := range r.tasks {
		t.cancel(errStopped)
	}
	r.mu.Unlock()
	r.running.Wait()
	return nil
}

// Start publishes task_started and, once it is stored, runs f in the
// background. ctx bounds the publication. The context of f keeps ctx's values
// and ends with Cancel or Close. f is not called when Start fails. Errors:
// ErrBusy, ErrExists, ErrClosed, wrapped ErrSpec, or the publisher's, wrapped.
func (r *Runner) Start(ctx context.Context, spec Spec, f Func) (id string, err error) {
	if err := spec.prepare(); err != nil {
		return "", err
	}
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	t := newTask(spec, r, cancel)
	if err := r.add(t); err != nil {
		cancel(err)
		return "", err
	}
	started := event.TaskStarted{ID: spec.ID, Type: spec.Type, Message: spec.Message}
	err = t.publish(ctx, started.Draft(spec.User, time.Now()))
	if err != nil {
		// The event may be stored all the same. Then the end must follow, or the
		// task would seem to run forever.
		notStarted := err
		f = func(context.Context, *Task) (any, error) { return nil, notStarted }
	}
	go t.run(work, f)
	if err != nil {
		return "", fmt.Errorf("start task: %w", err)
	}
	return spec.ID, nil
}

// Cancel asks a task to stop. When it returns nil the task ends with task_failed
// ("cancelled") as soon as its Func returns, whatever that returns. Otherwise it
// returns ErrNotFound: there is no such task, or its work is done.
func (r *Runner) Cancel(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.tasks[id]
	if !ok || t.done {
		return ErrNotFound
	}
	t.cancel(errCancelled)
	return nil
}

// Running reports whether this Runner runs the task, so that Cancel can stop it.
func (r *Runner) Running(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.tasks[id]
	return ok && !t.done
}

func (r *Runner) add(t *Task) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch _, taken := r.tasks[t.spec.ID]; {
	case r.closed:
		return ErrClosed
	case taken:
		return ErrExists
	case r.working() >= r.workers, len(r.tasks) >= endingFactor*r.workers:
		return ErrBusy
	}
	r.tasks[t.spec.ID] = t
	r.running.Add(1)
	return nil
}

// working counts the tasks whose function has not returned. Tasks that wait to
// publish their end do not count: they are idle while the journal is away.
func (r *Runner) working() (n int) {
	for _, t := range r.tasks {
		if !t.done {
			n++
		}
	}
	return n
}

func (r *Runner) remove(t *Task) {
	r.mu.Lock()
	delete(r.tasks, t.spec.ID)
	r.mu.Unlock()
	r.running.Done()
}

// prepare checks the spec and fills in its defaults.
func (spec *Spec) prepare() error {
	if spec.ID == "" {
		spec.ID = event.NewID("task_")
	}
	if spec.Message == "" {
		spec.Message = "Tarea iniciada"
	}
	switch {
	case !event.IsWord(spec.ID, event.MaxTaskID):
		return fmt.Errorf("%w: the id is not 1 to %d of A-Z, a-z, 0-9, _ and -", ErrSpec, event.MaxTaskID)
	case !event.IsWord(spec.Type, event.MaxTaskType):
		return fmt.Errorf("%w: the type is not 1 to %d of A-Z, a-z, 0-9, _ and -", ErrSpec, event.MaxTaskType)
	case spec.User < 0:
		return fmt.Errorf("%w: user %d is not positive", ErrSpec, spec.User)
	}
	return nil
}
