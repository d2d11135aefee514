package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	load "latido/cmd/bench"
)

// errInterrupted is the end of a bench that was stopped before it was done.
var errInterrupted = errors.New("bench: interrupted")

// benchConfig is what latido bench can be asked for.
type benchConfig struct {
	URL         string        `arg:"" optional:"" default:"http://127.0.0.1:8080" help:"Base address of a running Latido (${default})."`
	Subscribers int           `default:"1000" placeholder:"N" help:"Streams to open (${default})."`
	Rate        float64       `default:"10" placeholder:"R" help:"Events per second, over all channels (${default})."`
	Duration    time.Duration `default:"10s" help:"How long events are sent (${default})."`
	Channels    int           `default:"1" placeholder:"C" help:"Channels, shared evenly by subscribers and events (${default})."`
	Publishers  int           `default:"1" placeholder:"P" help:"Connections that send the events, together at that rate (${default})."`
	Stalled     float64       `default:"0" placeholder:"SHARE" help:"Share of subscribers, 0 to 1, that never read (${default})."`
	Size        int           `default:"0" placeholder:"BYTES" help:"Padding of an event (${default})."`
	Settle      time.Duration `default:"2s" help:"Rest before the server's memory is read (${default})."`
	PID         []int         `name:"pid" placeholder:"PID" help:"Processes of the server, separated by commas; found by its port when it runs on this machine."`
	Header      []string      `sep:"none" placeholder:"'K: V'" help:"Header for subscribers and publishers; may be repeated."`
	JSON        bool          `name:"json" help:"Print each run as a JSON object on one line."`
	Baseline    bool          `help:"Run the same load on a bare loop of writes too, and print the ratios. They only mean something when the server is pinned like the baseline, e.g. with taskset -c 0, and bench is given --pin."`
	Pin         bool          `help:"Keep the load on the last core and the baseline on the first. The server under test is yours to pin."`

	SubscribePath string `hidden:"" default:"/sse/events?channel={channel}" help:"Path of a stream."`
	PublishPath   string `hidden:"" default:"/sse/broadcast/{channel}" help:"Path that takes events."`
}

// baselineConfig is the hidden command bench-baseline: the bare loop of writes
// as a process of its own. It ends when its stdin closes.
type baselineConfig struct{}

func (baselineConfig) run(ctx context.Context, stdin *os.File, stdout io.Writer) error {
	return load.ServeBaseline(ctx, stdin, stdout)
}

// What bench can be asked for at most: more is a slip of the finger.
const (
	maxSubscribers = 1_000_000
	maxRate        = 1_000_000
	maxPublishers  = 10_000
	maxPadding     = 4 << 20
	maxPID         = 1 << 22 // no Linux has more
)

// check answers every complaint at once.
func (c benchConfig) check() error {
	var all []error
	complain := func(bad bool, format string, args ...any) {
		if bad {
			all = append(all, fmt.Errorf("%w: "+format, append([]any{errUsage}, args...)...))
		}
	}
	u, err := url.Parse(c.URL)
	complain(err != nil || u.Scheme != "http" || u.Host == "", "%q is not an address such as http://127.0.0.1:8080; bench speaks plain HTTP only", c.URL)
	complain(c.Subscribers < 1 || c.Subscribers > maxSubscribers, "--subscribers %d is not between 1 and %d", c.Subscribers, maxSubscribers)
	complain(!(c.Rate > 0 && c.Rate <= maxRate), "--rate %v is not above 0 and at most %d", c.Rate, maxRate)
	complain(c.Duration <= 0, "--duration %v is not a time above zero", c.Duration)
	complain(c.Channels < 1 || c.Channels > c.Subscribers && c.Subscribers > 0, "--channels %d is not between 1 and the number of subscribers", c.Channels)
	complain(c.Publishers < 1 || c.Publishers > maxPublishers, "--publishers %d is not between 1 and %d", c.Publishers, maxPublishers)
	complain(!(c.Stalled >= 0 && c.Stalled <= 1), "--stalled %v is not between 0 and 1", c.Stalled)
	complain(c.Size < 0 || c.Size > maxPadding, "--size %d is not between 0 and %d", c.Size, maxPadding)
	complain(c.Settle < 0, "--settle %v is below zero", c.Settle)
	for _, pid := range c.PID {
		complain(pid < 1 || pid > maxPID, "--pid %d is not a process", pid)
	}
	_, err = c.header()
	for _, p := range [][2]string{{"subscribe", c.SubscribePath}, {"publish", c.PublishPath}} {
		complain(!strings.HasPrefix(p[1], "/") || !strings.Contains(p[1], "{channel}"), "--%s-path %q is not a path with {channel} in it", p[0], p[1])
	}
	return errors.Join(append(all, err)...)
}

// header reads the header lines.
func (c benchConfig) header() (http.Header, error) {
	h := http.Header{}
	var all []error
	for _, line := range c.Header {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		// The line may hold a secret: only the name is repeated.
		if !ok || name == "" || strings.ContainsFunc(name, notInName) || strings.ContainsFunc(value, unicode.IsControl) {
			all = append(all, fmt.Errorf("%w: --header %q… is not of the form 'Name: value'", errUsage, name[:min(len(name), 8)]))
			continue
		}
		h.Add(name, value)
	}
	return h, errors.Join(all...)
}

// notInName reports what no name of a header field has (RFC 9110, 5.6.2).
func notInName(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// run measures the server, and prints what it found to stdout.
func (c benchConfig) run(ctx context.Context, stdout, stderr io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return c.bench(ctx, stdout, stderr, []string{self, "bench-baseline"})
}

// bench is run with the command that starts the baseline.
func (c benchConfig) bench(ctx context.Context, stdout, stderr io.Writer, baseline []string) error {
	if err := c.check(); err != nil {
		return err
	}
	header, err := c.header()
	if err != nil {
		return err
	}
	cfg := load.Config{
		URL: c.URL, SubscribePath: c.SubscribePath, PublishPath: c.PublishPath, Subscribers: c.Subscribers, Stalled: c.Stalled,
		Channels: c.Channels, Rate: c.Rate, Duration: c.Duration, Publishers: c.Publishers, Size: c.Size, Settle: c.Settle,
		PIDs: c.PID, Header: header, Progress: c.progress(stderr),
	}
	var first []int
	if c.Pin {
		cores, err := load.Cores()
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		first = cores[:1]
		if err := load.PinTo(cores[len(cores)-1]); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		defer func() { _ = load.PinTo(cores...) }() // the process mostly ends here
	}
	server, err := c.measure(ctx, cfg, "server", stdout)
	if err != nil || !c.Baseline {
		return err
	}
	child, err := load.StartBaseline(ctx, baseline, first)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	bare, err := c.measure(ctx, child.Aim(cfg), "baseline", stdout)
	if stopped := child.Stop(); ctx.Err() == nil {
		err = errors.Join(err, stopped)
	}
	if err != nil {
		return err
	}
	return c.print(stdout, load.Compare(server, bare))
}

// progress answers how the run is shown while it goes on: whoever reads JSON
// wants no lines in a log, but may still look at a terminal.
func (c benchConfig) progress(stderr io.Writer) *load.Progress {
	terminal := load.IsTerminal(stderr)
	if c.JSON && !terminal {
		return nil
	}
	return &load.Progress{W: stderr, Terminal: terminal}
}

// measure makes one run and prints it, even when it ended early or badly.
func (c benchConfig) measure(ctx context.Context, cfg load.Config, name string, stdout io.Writer) (load.Result, error) {
	res, err := load.Run(ctx, cfg)
	res.Run = name
	switch {
	case err != nil && res.Connected+res.Refused == 0:
		return res, fmt.Errorf("bench %s: %w", cfg.URL, err)
	case err != nil:
		err = fmt.Errorf("bench %s: %w", cfg.URL, err)
	case res.Interrupted:
		err = errInterrupted
	}
	return res, errors.Join(c.print(stdout, res), err)
}

// print writes a result in the form asked for.
func (c benchConfig) print(w io.Writer, r interface{ WriteText(io.Writer) error }) error {
	if !c.JSON {
		return r.WriteText(w)
	}
	if err := json.NewEncoder(w).Encode(r); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
