package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"time"

	"latido/hub/journal/engine"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"
)

// errUsage is wrapped when a setting makes no sense.
var errUsage = errors.New("bad setting")

// cli is everything that can be set. Each flag has a twin in the environment:
// --max-body is LATIDO_MAX_BODY.
type cli struct {
	Serve   serveConfig      `cmd:"" default:"withargs" help:"Serve the dashboard and the API (the default command)."`
	Bench   benchConfig      `cmd:"" help:"Put a load on a running server and measure what comes back."`
	Backup  backupConfig     `cmd:"" help:"Write every stored event to one file, while a server runs or not."`
	Restore restoreConfig    `cmd:"" help:"Make a journal of a backup; ids get another epoch, so clients are told a gap."`
	Setup   setupCommand     `cmd:"" help:"Make the first administrator, so that others than this machine can be let in."`
	User    userCommands     `cmd:"" help:"Manage people, who log in with a name and a password."`
	Key     keyCommands      `cmd:"" help:"Manage API keys, with which programs get in."`
	Link    linkCommands     `cmd:"" help:"Manage share links, which show cards to whoever has the URL."`
	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`

	BenchBaseline baselineConfig `cmd:"" hidden:"" help:"The bare loop of writes that bench compares with."`
}

type serveConfig struct {
	Addr          string            `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on (${default})."`
	Data          string            `default:"data" placeholder:"DIR" help:"Folder that keeps the events (${default}); made when missing, used by one process at a time."`
	Durability    engine.Durability `enum:"safe,fast" default:"safe" placeholder:"safe|fast" help:"What an acknowledgement promises: safe, the event is on the disk; fast, it survives the end of the process, and a power cut may take the last second (${default})."`
	RetainAge     time.Duration     `default:"168h" placeholder:"TIME" help:"Time that events are kept (${default})."`
	RetainSamples time.Duration     `default:"1h" placeholder:"TIME" help:"Time that samples are kept, the values of metrics, prices and the like (${default})."`
	RetainBytes   byteSize          `default:"1GiB" placeholder:"SIZE" help:"Room that kept events may take; the oldest go first (${default})."`

	clusterConfig `embed:""`
	doorsConfig   `embed:""`

	Demo    bool          `help:"Add simulated prices, log lines and notifications, marked as such."`
	MaxBody int64         `default:"262144" placeholder:"BYTES" help:"Largest request body (${default})."`
	Drain   time.Duration `default:"4s" help:"Time that open streams and requests get to end after SIGTERM (${default})."`
	TLSCert string        `name:"tls-cert" placeholder:"FILE" help:"Certificate chain, PEM: serve HTTPS with HTTP/2, over which a browser may hold more than six streams."`
	TLSKey  string        `name:"tls-key" placeholder:"FILE" help:"Its private key, PEM."`

	MaxStreams           int `default:"100000" placeholder:"N" help:"Open streams in all (${default}, or as many as open files allow)."`
	MaxStreamsPerAddress int `default:"20000" placeholder:"N" help:"Open streams of one IP address (${default})."`
	MaxStreamsPerUser    int `default:"1000" placeholder:"N" help:"Open JSON streams of one user id (${default})."`
	limitConfig          `embed:""`

	OrdinaryStreams bool `help:"Serve every stream in a goroutine of its own, as HTTP/2 and TLS do, in place of taking connections over."`

	CPUProfile string     `name:"cpu-profile" placeholder:"FILE" help:"Write a CPU profile of the whole run, for go tool pprof."`
	LogLevel   slog.Level `default:"INFO" placeholder:"LEVEL" help:"Least level that is logged: DEBUG, INFO, WARN or ERROR (${default})."`
}

// check answers every complaint at once.
func (c serveConfig) check() error {
	var all []error
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		all = append(all, fmt.Errorf("%w: --addr %q is not HOST:PORT, such as 127.0.0.1:8080", errUsage, c.Addr))
	}
	if c.Data == "" {
		all = append(all, fmt.Errorf("%w: --data needs a folder", errUsage))
	}
	all = append(all, c.clusterConfig.check()...)
	all = append(all, c.doorsConfig.check()...)
	all = append(all, c.limitConfig.check()...)
	if c.MaxBody < 1 || c.MaxBody > maxBodyLimit {
		all = append(all, fmt.Errorf("%w: --max-body %d is not between 1 and %d", errUsage, c.MaxBody, maxBodyLimit))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		all = append(all, fmt.Errorf("%w: --tls-cert and --tls-key go together", errUsage))
	}
	for _, limit := range []struct {
		flag  string
		value int
	}{{"--max-streams", c.MaxStreams}, {"--max-streams-per-address", c.MaxStreamsPerAddress}, {"--max-streams-per-user", c.MaxStreamsPerUser}} {
		if limit.value < 1 {
			all = append(all, fmt.Errorf("%w: %s %d is not at least 1", errUsage, limit.flag, limit.value))
		}
	}
	for _, t := range []struct {
		flag  string
		value time.Duration
	}{{"--retain-age", c.RetainAge}, {"--retain-samples", c.RetainSamples}} {
		if t.value < minRetain {
			all = append(all, fmt.Errorf("%w: %s %v is not at least %v", errUsage, t.flag, t.value, minRetain))
		}
	}
	if c.RetainSamples > c.RetainAge {
		all = append(all, fmt.Errorf("%w: --retain-samples %v is longer than --retain-age %v", errUsage, c.RetainSamples, c.RetainAge))
	}
	if c.RetainBytes < minRetainBytes {
		all = append(all, fmt.Errorf("%w: --retain-bytes %v is not at least %v", errUsage, c.RetainBytes, byteSize(minRetainBytes)))
	}
	if c.Drain <= 0 {
		all = append(all, fmt.Errorf("%w: --drain %v is not a time above zero", errUsage, c.Drain))
	}
	return errors.Join(all...)
}

// The least that may be kept: less would be gone before its readers come back.
const (
	minRetain      = time.Minute
	minRetainBytes = 32 << 20
)

// byteSize is a number of bytes, written as 1073741824, 1GiB or 1.5GB.
type byteSize uint64

// UnmarshalText reads a size.
func (b *byteSize) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("%q is no size, such as 1GiB or 500MB", text)
	}
	*b = byteSize(n)
	return nil
}

// String gives the size as people read it.
func (b byteSize) String() string { return humanize.IBytes(uint64(b)) }

// maxBodyLimit is the most --max-body may allow, in bytes.
const maxBodyLimit = 4 << 20

// eventSlack is how much larger an event may be than the body it came in: the
// channel, a timestamp and a sender are added.
const eventSlack = 4 << 10

// scheme is how browsers reach the server.
func (c serveConfig) scheme() string {
	if c.TLSCert != "" {
		return "https"
	}
	return "http"
}
