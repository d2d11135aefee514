package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// run measures the server and prints the result to stdout.
func (c config) run(ctx context.Context, stdout, stderr io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return c.bench(ctx, stdout, stderr, []string{self, "baseline"})
}

// bench is run with the command that starts the baseline.
func (c config) bench(ctx context.Context, stdout, stderr io.Writer, baseline []string) error {
	if err := c.check(); err != nil {
		return err
	}
	c.Progress = c.progress(stderr)
	var first []int
	if c.Pin {
		cores, err := allowedCores()
		if err != nil {
			return err
		}
		first = cores[:1]
		if err := pinTo(cores[len(cores)-1]); err != nil {
			return err
		}
		defer func() { _ = pinTo(cores...) }() // the process usually ends here
	}
	server, err := c.measure(ctx, "server", stdout)
	if err != nil || !c.Baseline {
		return err
	}
	child, err := startBaseline(ctx, baseline, first)
	if err != nil {
		return err
	}
	bare, err := child.aim(c).measure(ctx, "baseline", stdout)
	if stopped := child.stop(); ctx.Err() == nil {
		err = errors.Join(err, stopped)
	}
	if err != nil {
		return err
	}
	return c.print(stdout, compare(server, bare))
}

// progress returns how the run is shown while it goes on. With --json a log gets no
// progress lines, but a terminal does.
func (c config) progress(stderr io.Writer) *progress {
	file, ok := stderr.(*os.File)
	terminal := ok && term.IsTerminal(int(file.Fd()))
	if c.JSON && !terminal {
		return nil
	}
	return &progress{W: stderr, Terminal: terminal}
}

// measure makes one run and prints it, even when it ended early or failed.
func (c config) measure(ctx context.Context, name string, stdout io.Writer) (result, error) {
	res, err := runLoad(ctx, c)
	res.Run = name
	switch {
	case err != nil && res.Connected+res.Refused == 0:
		return res, fmt.Errorf("%s: %w", c.URL, err)
	case err != nil:
		err = fmt.Errorf("%s: %w", c.URL, err)
	case res.Interrupted:
		err = errInterrupted
	}
	return res, errors.Join(c.print(stdout, res), err)
}

// print writes a result as JSON or as text.
func (c config) print(w io.Writer, r interface{ writeText(io.Writer) error }) error {
	if !c.JSON {
		return r.writeText(w)
	}
	if err := json.NewEncoder(w).Encode(r); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
