package streams

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"latido/hub"
)

const (
	defaultConcurrent = 4
	maxTaskID         = 64
	maxTaskType       = 64
	maxTaskText       = 1000 // bytes of a message or an error
	endingFactor      = 8    // times the limit: tasks in all, those included that only wait to tell their end
)

var (
	// ErrBusy is answered when as many tasks run as may. Try again later.
	ErrBusy = errors.New("too many tasks are running")
	// ErrNotFound is answered for a task that is unknown or already over, and
	// for an export that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrExists is answered when a task of the same id is running.
	ErrExists = errors.New("a task with this id is running")
	// ErrSpec is wrapped by every refusal of a Spec; the text says why.
	ErrSpec = errors.New("bad task")
	// ErrClosed is answered by Start once Close was called.
	ErrClosed = errors.New("tasks are closed")
)

// What a task_failed says of a task that was stopped from outside.
var (
	errCancelled = errors.New("cancelled")
	errStopped   = errors.New("the server stopped")
)

// TasksConfig configures Tasks; the zero value works.
type TasksConfig struct {
	Concurrent int          // tasks that may run at a time; 0 for 4
	Log        *slog.Logger // told of panics and of events that were lost; nil discards
}

// Spec describes a task.
type Spec struct {
	ID      string // 1–64 characters of [A-Za-z0-9_-], free at the moment; "" for a new "task_…"
	Type    string // what kind of work it is, 1–64 characters of [A-Za-z0-9_-]
	User    int64  // who gets its events besides the channel tasks; 0 for nobody
	Message string // of task_started; "" for a standard one; cut at 1000 bytes
}

// TaskFunc does a task's work. It must return soon after ctx ends. Its result,
// as JSON at most 64 KiB, or its error's text goes to everyone who listens.
type TaskFunc func(ctx context.Context, t *Task) (result any, err error)

// Tasks runs work in the background and tells of it on the channel tasks, and
// to the task's user:
//
//	task_started   {task_id, task_type, status "started", message, timestamp}
//	task_progress  {task_id, progress, message, timestamp}
//	task_completed {task_id, status "completed", result, message, timestamp}
//	task_failed    {task_id, status "failed", error, message, timestamp}
//
// Every task that Start accepted ends with one of the last two, and nothing of
// it follows: also when it panics, is cancelled or the process stops. Only a
// journal that stays away for a minute (or while the process stops) can
// swallow the end; that is logged.
type Tasks struct {
	publisher hub.Publisher
	log       *slog.Logger
	limit     int

	mu       sync.Mutex
	closed   bool
	stopping chan struct{} // closed by Close
	tasks    map[string]*Task
	running  sync.WaitGroup // one for each entry of tasks
}

// NewTasks makes a service that publishes to p. Its owner calls Run or Close.
func NewTasks(p hub.Publisher, cfg TasksConfig) *Tasks {
	if cfg.Concurrent <= 0 {
		cfg.Concurrent = defaultConcurrent
	}
	return &Tasks{
		publisher: p,
		log:       discard(cfg.Log),
		limit:     cfg.Concurrent,
		stopping:  make(chan struct{}),
		tasks:     make(map[string]*Task),
	}
}

// Run waits for ctx to end, closes and answers nil. Start works before Run.
func (s *Tasks) Run(ctx context.Context) error {
	<-ctx.Done()
	return s.Close()
}

// Close refuses new tasks, stops the running ones, which end with task_failed
// ("the server stopped"), and returns when all have ended and said so. It
// waits as long as the slowest TaskFunc takes to notice its context, and a few
// seconds for the publisher. It may be called again; its error is always nil.
func (s *Tasks) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stopping)
	}
	for _, t := range s.tasks {
		t.cancel(errStopped)
	}
	s.mu.Unlock()
	s.running.Wait()
	return nil
}

// Start publishes task_started and, once it is stored, runs f in the
// background. ctx bounds the publication only; f's context keeps its values
// and ends by Cancel and Close. When Start fails f is never called. Errors: ErrBusy,
// ErrExists, ErrClosed, wrapped ErrSpec, or the publisher's, wrapped.
func (s *Tasks) Start(ctx context.Context, spec Spec, f TaskFunc) (id string, err error) {
	if err := spec.prepare(); err != nil {
		return "", err
	}
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	t := newTask(spec, s, cancel)
	if err := s.add(t); err != nil {
		cancel(err)
		return "", err
	}
	err = t.publish(ctx, "task_started", t.startedData())
	if err != nil {
		// It may be stored all the same: the end must follow, or a reader would
		// wait for it for ever.
		notStarted := err
		f = func(context.Context, *Task) (any, error) { return nil, notStarted }
	}
	go t.run(work, f)
	if err != nil {
		return "", fmt.Errorf("start task: %w", err)
	}
	return spec.ID, nil
}

// Cancel asks a task to stop. When it answers nil the task ends with
// task_failed ("cancelled"), whatever its function returns, as soon as that
// returns. Otherwise it answers ErrNotFound: no such task, or its work is done.
func (s *Tasks) Cancel(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tasks[id]
	if !ok || t.done {
		return ErrNotFound
	}
	t.cancel(errCancelled)
	return nil
}

// Running reports whether the task is running here, so that Cancel can reach it.
func (s *Tasks) Running(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tasks[id]
	return ok && !t.done
}

func (s *Tasks) add(t *Task) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch _, taken := s.tasks[t.spec.ID]; {
	case s.closed:
		return ErrClosed
	case taken:
		return ErrExists
	case s.working() >= s.limit, len(s.tasks) >= endingFactor*s.limit:
		return ErrBusy
	}
	s.tasks[t.spec.ID] = t
	s.running.Add(1)
	return nil
}

// working counts the tasks whose function has not returned. Those that wait to
// tell their end don't count, or a journal that was away would look like work.
func (s *Tasks) working() (n int) {
	for _, t := range s.tasks {
		if !t.done {
			n++
		}
	}
	return n
}

func (s *Tasks) remove(t *Task) {
	s.mu.Lock()
	delete(s.tasks, t.spec.ID)
	s.mu.Unlock()
	s.running.Done()
}

// prepare checks the spec and fills in what may be left out.
func (spec *Spec) prepare() error {
	if spec.ID == "" {
		spec.ID = newID("task_")
	}
	if spec.Message == "" {
		spec.Message = "Tarea iniciada"
	}
	spec.Message = shorten(spec.Message, maxTaskText)
	switch {
	case !isWord(spec.ID, maxTaskID):
		return fmt.Errorf("%w: the id is not 1 to %d of A-Z, a-z, 0-9, _ and -", ErrSpec, maxTaskID)
	case !isWord(spec.Type, maxTaskType):
		return fmt.Errorf("%w: the type is not 1 to %d of A-Z, a-z, 0-9, _ and -", ErrSpec, maxTaskType)
	case spec.User < 0:
		return fmt.Errorf("%w: user %d is not positive", ErrSpec, spec.User)
	}
	return nil
}

// isWord reports whether s is 1 to n characters that mean nothing to a file
// system or a URL.
func isWord(s string, n int) bool {
	if s == "" || len(s) > n {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
