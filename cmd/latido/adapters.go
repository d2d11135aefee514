package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"latido/handlers/web"
	"latido/streams"
	"latido/streams/card"
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
func (n node) Producers() (list []card.Producer) {
	add := func(s streams.State, status string) {
		list = append(list, card.Producer{Name: s.Name, State: status, Restarts: s.Restarts, Error: s.Err, Since: s.Since})
	}
	for _, s := range n.supervisor.States() {
		add(s, string(s.Status))
	}
	for _, s := range n.simulated.States() {
		if n.shared && s.Status == streams.Stopped {
			s.Err = "" // it is old
			add(s, "elsewhere")
			continue
		}
		add(s, string(s.Status))
	}
	return list
}

// Machine returns the latest sample of the machine, nil before the first.
func (n node) Machine() *card.MachineView {
	m, ok := n.metrics.Latest()
	if !ok {
		return nil
	}
	v := &card.MachineView{
		At: m.At, Host: m.Host, Platform: m.Platform, Cores: m.Cores, Load1: m.Load1, Load5: m.Load5, Load15: m.Load15,
		MemoryUsed: m.MemoryUsed, MemoryTotal: m.MemoryTotal, SwapUsed: m.SwapUsed, SwapTotal: m.SwapTotal, Uptime: m.Uptime,
	}
	for _, d := range m.Disks {
		v.Disks = append(v.Disks, card.Disk(d))
	}
	for _, i := range m.Networks {
		v.Networks = append(v.Networks, card.Network(i))
	}
	return v
}

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
