package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// row is what all runs of a scenario came to: a line of the table.
type row struct {
	outcome
	name    string
	about   string
	leftOut string // why it was not run; "" when it was
}

// ok reports whether the row breaks no promise.
func (r row) ok() bool { return len(r.Breaches) == 0 && !r.Abandoned }

// runAll runs scenarios one after the other and answers a row for each, those that
// an interrupt left no time for excepted.
func runAll(ctx context.Context, cfg config, list []scenario, say *progress) (rows []row) {
	for _, sc := range list {
		if ctx.Err() != nil {
			break
		}
		r := runScenario(ctx, cfg, sc, say)
		rows = append(rows, r)
		say.done(r)
	}
	return rows
}

// runScenario runs a scenario as often as its set wants.
func runScenario(ctx context.Context, cfg config, sc scenario, say *progress) row {
	r := row{name: sc.name, about: sc.about}
	if sc.needs != nil {
		if err := sc.needs(); errors.Is(err, errCannot) {
			r.leftOut = err.Error()
			return r
		} else if err != nil {
			r.Breaches = append(r.Breaches, err.Error())
			return r
		}
	}
	runs := sc.runs(cfg.quick)
	for n := range runs {
		say.run(r, n, runs)
		o, err := runOnce(ctx, cfg, sc, n)
		if ctx.Err() != nil {
			o.Abandoned, o.Breaches = true, nil // what an interrupt broke is no fault
		} else if err != nil {
			o.Breaches = append(o.Breaches, err.Error())
		}
		for i := range o.Breaches {
			o.Breaches[i] = fmt.Sprintf("run %d: %s", n+1, o.Breaches[i])
		}
		r.add(o)
		if o.Abandoned {
			break
		}
	}
	return r
}

// runOnce gives a run a stage of its own.
func runOnce(ctx context.Context, cfg config, sc scenario, n int) (o outcome, err error) {
	s, err := newStage(cfg, sc.name, n)
	if err != nil {
		return o, err
	}
	defer func() {
		if failed := s.close(); failed != nil {
			err = errors.Join(err, fmt.Errorf("give everything back: %w", failed))
		}
	}()
	return sc.run(ctx, s)
}

// progress tells a person how far the runs are: on a terminal in one line that
// changes, elsewhere in a line for every test.
type progress struct {
	w        io.Writer
	terminal bool
	begun    time.Time
}

// run tells that the nth run begins.
func (p *progress) run(r row, n, of int) {
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s  %s %d/%d  %s", p.clock(), r.name, n+1, of, r.sums())
	} else if n == 0 {
		fmt.Fprintf(p.w, "%s  %s  %s\n", p.clock(), r.name, r.about)
	}
}

// done tells what came of all of them.
func (p *progress) done(r row) {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	fmt.Fprintf(p.w, "%s  %s  %s  %s\n", p.clock(), r.name, r.sums(), r.result())
}

func (p *progress) clock() string {
	d := time.Since(p.begun).Round(time.Second)
	return fmt.Sprintf("%02d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

func (r row) sums() string {
	return fmt.Sprintf("%d acked, %d lost, %d missed, %d breaches", r.Acked, r.Lost, r.Missed, len(r.Breaches))
}

// result is the last column of the table.
func (r row) result() string {
	switch {
	case r.leftOut != "":
		return "left out"
	case r.Abandoned:
		return "interrupted"
	case len(r.Breaches) > 0:
		return "BROKEN"
	}
	return "kept"
}
