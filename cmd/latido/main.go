package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

func main() {
	// A second signal ends the process at once: stop restores the default.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command runs the program and returns its exit status: 0 for success, 1 for
// failure, 2 for wrong usage. With --help and --version it ends the process.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	parser := kong.Must(&cli{},
		kong.Name("latido"), kong.Description("A live dashboard and a push hub over Server-Sent Events."),
		kong.Writers(stdout, stderr), defaults(), kong.DefaultEnvars("LATIDO"), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "latido: %v. Try: latido serve --help\n", err)
		return 2
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	err = chosen.Run(&terminal{os.Stdin, stdout, stderr})
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "latido: %v\n", err)
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}
