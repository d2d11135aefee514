package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"latido/handlers/web"
	"latido/streams"
	"latido/streams/event"
	"latido/streams/task"
)

// node describes this process to the pages: it is the handlers' Node.
type node struct {
	supervisor *streams.Supervisor
	simulated  *streams.Supervisor // those that one node runs for all; none without --demo
	shared     bool                // there may be other nodes
	metrics    *streams.Metrics
}

// Producers returns the supervised producers. The simulated ones that do not run
// here run on another node.
func (n node) Producers() []event.Producer {
	list := n.supervisor.States()
	for _, s := range n.simulated.States() {
		if n.shared && s.State == event.ProducerStopped {
			s.State, s.Error = event.ProducerElsewhere, "" // what failed here is old
		}
		list = append(list, s)
	}
	return list
}

// Machine returns the latest sample of the machine, nil before the first.
func (n node) Machine() *event.Machine { return n.metrics.Latest() }

// jobs are the background tasks people can start: the handlers' Jobs.
type jobs struct {
	tasks  *task.Runner
	export *task.Export
}

// StartExport starts the export of a channel and returns its task's id.
func (j jobs) StartExport(ctx context.Context, channel string) (string, error) {
	id, err := j.export.Start(ctx, channel, 0)
	return id, translate(err)
}

// Cancel stops a task.
func (j jobs) Cancel(id string) error { return translate(j.tasks.Cancel(id)) }

// Running reports whether this process runs the task.
func (j jobs) Running(id string) bool { return j.tasks.Running(id) }

// OpenExport opens a finished export.
func (j jobs) OpenExport(id string) (io.ReadSeekCloser, time.Time, error) {
	f, err := j.export.Open(id)
	if err != nil {
		return nil, time.Time{}, translate(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, errors.Join(fmt.Errorf("read the time of an export: %w", err), f.Close())
	}
	return f, info.ModTime(), nil
}

// translate wraps the errors of streams in those of the handlers.
func translate(err error) error {
	switch {
	case errors.Is(err, task.ErrNotFound):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case errors.Is(err, task.ErrBusy):
		return fmt.Errorf("%w: %w", web.ErrBusy, err)
	}
	return err
}
