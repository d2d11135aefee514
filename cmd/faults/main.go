package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(faults(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// faults is the whole program but for the process around it. It answers the
// status to exit with.
func faults(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("faults", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "run these tests alone, such as F1,F5")
	quick := flags.Bool("quick", false, "run the quick set in place of the long one")
	seed := flags.Uint64("seed", 0, "seed of the random choices; 0 picks one")
	binary := flags.String("binary", "bin/latido", "the program under test")
	nats := flags.String("nats-server", "bin/nats-server", "the nats-server that nodes share")
	work := flags.String("work", os.TempDir(), "folder for the folders of the runs; 3 GB must fit")
	asJSON := flags.Bool("json", false, "print the table as JSON")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	list, err := chosen(scenarios(), *only, *quick)
	if err != nil || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "faults: bad call:", err, flags.Args())
		return 2
	}
	path, err := program(*binary)
	if err != nil {
		fmt.Fprintln(stderr, "faults:", err)
		return 2
	}
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	cfg := config{binary: path, nats: *nats, work: *work, seed: *seed, quick: *quick}
	rows := runAll(ctx, cfg, list, &progress{w: stderr, terminal: isTerminal(stderr), begun: time.Now()})
	write := writeTable
	if *asJSON {
		write = writeJSON
	}
	if err := write(stdout, rows, *seed); err != nil {
		fmt.Fprintln(stderr, "faults:", err)
		return 1
	}
	if len(rows) < len(list) || slices.ContainsFunc(rows, func(r row) bool { return !r.ok() }) {
		return 1
	}
	return 0
}

// program finds the program under test.
func program(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return "", fmt.Errorf("find the program under test: %w. Build it with: make build", err)
	}
	return path, nil
}

// isTerminal reports whether w is a terminal, as far as a program must know that
// only wants to write over its own line.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0
}
