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

// version is set by the linker.
var version = "dev"

func main() {
	// A second signal ends the process at once: stop restores the default.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// errExit carries the status with which kong wants to end after --help.
type errExit int

func (e errExit) Error() string { return fmt.Sprintf("exit with status %d", int(e)) }

// command runs the program and returns its exit status: 0 for success, 1 for
// failure, 2 for wrong usage.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	defer func() {
		if v := recover(); v != nil {
			e, ok := v.(errExit)
			if !ok {
				panic(v)
			}
			status = int(e)
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("latido"), kong.Description("A live dashboard and a push hub over Server-Sent Events."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { panic(errExit(code)) }),
		defaults(), kong.DefaultEnvars("LATIDO"), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the struct of flags is malformed
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "latido: %v. Try: latido serve --help\n", err)
		return 2
	}
	switch name, _, _ := strings.Cut(chosen.Command(), " "); name {
	case "backup":
		err = c.Backup.run(ctx, stdout, stderr)
	case "restore":
		err = c.Restore.run(ctx, stderr)
	case "setup", "user", "key", "link":
		err = chosen.Run(&terminal{ctx, os.Stdin, stdout, stderr})
	default:
		err = run(ctx, c.Serve, stderr)
	}
	if err != nil {
		if errors.Is(err, errUsage) {
			fmt.Fprintf(stderr, "latido: %v\n", err)
			return 2
		}
		fmt.Fprintf(stderr, "latido: %v\n", err)
		return 1
	}
	return 0
}
