package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	// A second signal ends the process at once: stop restores the default.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(command(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// flags are the two commands.
type flags struct {
	Load     config   `cmd:"" default:"withargs" help:"Put a load on a running server and measure what arrives (the default command)."`
	Baseline struct{} `cmd:"" help:"Serve the bare loop of writes that --baseline compares with, on a free port, until stdin closes."`
}

// command runs the program and returns its exit status: 0 for success, 1 for
// failure, 2 for wrong usage. With --help it ends the process.
func command(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) (status int) {
	var f flags
	parser := kong.Must(&f, kong.Name("bench"), kong.Description("A load generator for servers of Server-Sent Events."),
		kong.Writers(stdout, stderr), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v. Try: bench --help\n", err)
		return 2
	}
	if strings.HasPrefix(chosen.Command(), "baseline") {
		err = serveBaseline(ctx, stdin, stdout)
	} else {
		err = f.Load.run(ctx, stdout, stderr)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "bench: %v\n", err)
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}
