package main

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Errors that callers distinguish. They come wrapped.
var (
	// errUsage means that a flag makes no sense.
	errUsage = errors.New("bad setting")
	// errInterrupted means that a run was stopped before its end.
	errInterrupted = errors.New("interrupted")
	// errNobody means that no subscriber got a stream, so nothing was published.
	errNobody = errors.New("no subscriber got a stream")
	// errFiles means that the limit of open files does not fit the subscribers.
	errFiles = errors.New("too few open files are allowed")
)

// config is one load: the flags of the command, and what the command adds to them.
type config struct {
	URL         string        `arg:"" optional:"" default:"http://127.0.0.1:8080" help:"Base address of a running server (${default})."`
	Subscribers int           `default:"1000" placeholder:"N" help:"Streams to open (${default}). Stream i subscribes to channel i modulo --channels."`
	Rate        float64       `default:"10" placeholder:"R" help:"Events per second, over all channels (${default})."`
	Duration    time.Duration `default:"10s" help:"How long events are sent (${default})."`
	Channels    int           `default:"1" placeholder:"C" help:"Channels, shared evenly by subscribers and events (${default})."`
	Publishers  int           `default:"1" placeholder:"P" help:"Connections that send the events, together at that rate (${default})."`
	Stalled     float64       `default:"0" placeholder:"SHARE" help:"Share of subscribers, 0 to 1, that never read (${default})."`
	Size        int           `default:"0" placeholder:"BYTES" help:"Padding of an event (${default})."`
	Settle      time.Duration `default:"2s" help:"Idle time before the server's memory is read (${default})."`
	PID         []int         `name:"pid" placeholder:"PID" help:"Processes of the server, separated by commas; found by its port when it runs on this machine."`
	Header      []string      `sep:"none" placeholder:"'K: V'" help:"Header for subscribers and publishers; may be repeated."`
	JSON        bool          `name:"json" help:"Print each run as a JSON object on one line."`
	Baseline    bool          `help:"Run the same load on a bare loop of writes too, and print the ratios. They mean something only when the server is pinned like the baseline, e.g. with taskset -c 0, and bench is given --pin."`
	Pin         bool          `help:"Keep the load on the last core and the baseline on the first. The server under test is yours to pin."`

	SubscribePath string `hidden:"" default:"/sse/events?channel={channel}" help:"Path of a stream."`
	PublishPath   string `hidden:"" default:"/sse/broadcast/{channel}" help:"Path that takes events."`

	// Patience is the longest time without any progress, while connecting and
	// after the last event, before the run goes on without what is missing. Zero
	// means defaultPatience.
	Patience time.Duration `kong:"-"`
	// Lateness is how far the publishers may fall behind their pace before the rest
	// of the events is given up: a slow server must not make a run last for hours.
	// Zero means defaultLateness.
	Lateness time.Duration `kong:"-"`
	// Progress, when not nil, shows how far the run is.
	Progress *progress `kong:"-"`
}

// The largest values that bench accepts. Larger ones are typing errors.
const (
	maxSubscribers = 1_000_000
	maxRate        = 1_000_000
	maxPublishers  = 10_000
	maxPadding     = 4 << 20
	maxPID         = 1 << 22 // the largest PID_MAX_LIMIT of Linux
)

const (
	defaultPatience = 20 * time.Second
	defaultLateness = time.Second
)

// check returns every error at once. All wrap errUsage.
func (c config) check() error {
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

// header parses the header lines.
func (c config) header() (http.Header, error) {
	h := http.Header{}
	var all []error
	for _, line := range c.Header {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		// The line may hold a secret: only the beginning of the name is repeated.
		if !ok || name == "" || strings.ContainsFunc(name, notInName) || strings.ContainsFunc(value, unicode.IsControl) {
			all = append(all, fmt.Errorf("%w: --header %q… is not of the form 'Name: value'", errUsage, name[:min(len(name), 8)]))
			continue
		}
		h.Add(name, value)
	}
	return h, errors.Join(all...)
}

// notInName reports whether r cannot be part of a header field's name (RFC 9110,
// section 5.6.2).
func notInName(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// planned is how many events the run sends when the server keeps up.
func (c config) planned() int64 {
	return max(1, int64(math.Round(c.Rate*c.Duration.Seconds())))
}

func (c config) patience() time.Duration {
	if c.Patience == 0 {
		return defaultPatience
	}
	return c.Patience
}

func (c config) lateness() time.Duration {
	if c.Lateness == 0 {
		return defaultLateness
	}
	return c.Lateness
}
