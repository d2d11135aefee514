package main

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/streams/board"
)

// cli is everything that can be set. Each flag has an environment variable:
// --max-body is LATIDO_MAX_BODY. settings_check.go says which values are accepted.
type cli struct {
	Serve   serveConfig      `cmd:"" default:"withargs" help:"Serve the dashboard and the API (the default command)."`
	Backup  backupConfig     `cmd:"" help:"Write every stored event to one file, while a server runs or not."`
	Restore restoreConfig    `cmd:"" help:"Restore a backup to a folder; ids get another epoch, so clients get a gap."`
	Setup   setupCommand     `cmd:"" help:"Make the first administrator, so that other machines can be given access."`
	User    userCommands     `cmd:"" help:"Manage people, who log in with a name and a password."`
	Key     keyCommands      `cmd:"" help:"Manage API keys, with which programs have access."`
	Link    linkCommands     `cmd:"" help:"Manage share links, which show cards to anyone who has the URL."`
	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`
}

// serveConfig is the settings of the server. A default that is written as a ${name}
// is that of the package that uses it; see defaults.
type serveConfig struct {
	Addr          string            `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on (${default})."`
	Data          string            `default:"${data}" placeholder:"DIR" help:"Folder that keeps the events (${default}); made when missing, used by one process at a time."`
	Durability    engine.Durability `enum:"safe,fast" default:"safe" placeholder:"safe|fast" help:"What an acknowledgement promises: safe, the event is on the disk; fast, it survives the end of the process, and a power cut may take the last second (${default})."`
	RetainAge     time.Duration     `default:"${retain_age}" placeholder:"TIME" help:"Time that events are kept (${default})."`
	RetainSamples time.Duration     `default:"${retain_samples}" placeholder:"TIME" help:"Time that samples are kept, the values of metrics, prices and the like (${default})."`
	RetainBytes   byteSize          `default:"${retain_bytes}" placeholder:"SIZE" help:"Space that stored events may take; the oldest are removed first (${default})."`

	clusterConfig `embed:""`
	accessConfig  `embed:""`

	Demo    bool          `help:"Add simulated prices, log lines and notifications, marked as such."`
	MaxBody int64         `default:"${max_body}" placeholder:"BYTES" help:"Largest request body (${default})."`
	Drain   time.Duration `default:"4s" help:"Time that open streams and requests have to end after SIGTERM (${default})."`
	TLSCert string        `name:"tls-cert" placeholder:"FILE" help:"Certificate chain, PEM: serve HTTPS with HTTP/2, over which a browser may hold more than six streams."`
	TLSKey  string        `name:"tls-key" placeholder:"FILE" help:"Its private key, PEM."`

	MaxStreams           int `default:"${max_streams}" placeholder:"N" help:"Open streams in all (${default}, or as many as open files allow)."`
	MaxStreamsPerAddress int `default:"${max_streams_per_address}" placeholder:"N" help:"Open streams of one IP address (${default})."`
	MaxStreamsPerUser    int `default:"${max_streams_per_user}" placeholder:"N" help:"Open JSON streams of one user id (${default})."`
	limitConfig          `embed:""`

	OrdinaryStreams bool `help:"Serve every stream in a goroutine of its own, as HTTP/2 and TLS do, in place of taking connections over."`

	CPUProfile string     `name:"cpu-profile" placeholder:"FILE" help:"Write a CPU profile of the whole run, for go tool pprof."`
	LogLevel   slog.Level `default:"INFO" placeholder:"LEVEL" help:"Lowest level that is logged: DEBUG, INFO, WARN or ERROR (${default})."`
}

// clusterConfig makes the process one of several nodes. Without --nats-url it is a
// server of its own.
type clusterConfig struct {
	natsConfig `embed:""`
	NodeName   string `name:"node-name" placeholder:"NAME" help:"What the pages call this node (the host's name and the port)."`
}

// natsConfig is the cluster that stores the events.
type natsConfig struct {
	NatsURL   []string `name:"nats-url" placeholder:"URL" help:"NATS servers that keep the events in place of the data folder, such as nats://10.0.0.1:4222: all processes with the same servers are nodes of one Latido."`
	NatsCreds string   `name:"nats-creds" placeholder:"FILE" help:"Credentials of a NATS user."`
	NatsCA    string   `name:"nats-ca" placeholder:"FILE" help:"Authorities that sign the NATS servers' certificates, PEM (the system's)."`
	NatsCert  string   `name:"nats-cert" placeholder:"FILE" help:"Certificate to show to the NATS servers, PEM."`
	NatsKey   string   `name:"nats-key" placeholder:"FILE" help:"Its private key, PEM."`
	Replicas  int      `default:"1" placeholder:"1|3" help:"NATS servers that keep each event (${default}): with 3, one of them may fail."`
}

// accessConfig is who has access.
type accessConfig struct {
	Open        bool     `help:"Give access to everybody who reaches the address, also from other machines."`
	JWTKey      string   `name:"jwt-key" placeholder:"FILE" help:"Keys of an issuer whose JWTs are accepted: a JWK set, PEM public keys, or a secret for HS256."`
	JWTAudience string   `name:"jwt-audience" default:"latido" placeholder:"NAME" help:"Value that aud of these JWTs must contain (${default})."`
	CORSOrigin  []string `name:"cors-origin" placeholder:"ORIGIN" help:"Sites whose pages may use the API from a browser, such as https://app.example.org."`
}

// limitConfig is the rates and quotas. A rate of 1000/10s is a thousand at once, and
// as many again evenly over ten seconds.
type limitConfig struct {
	PostRate             limits.Rate `default:"${post_rate}" placeholder:"N/TIME" help:"POST requests of one key, person or token (${default}: so many at once, and as many again over that time)."`
	PostRatePerAddress   limits.Rate `default:"${post_rate_per_address}" placeholder:"N/TIME" help:"POST requests of one address (${default})."`
	StreamRate           limits.Rate `default:"${stream_rate}" placeholder:"N/TIME" help:"Streams that one key, person, token or link may open (${default})."`
	StreamRatePerAddress limits.Rate `default:"${stream_rate_per_address}" placeholder:"N/TIME" help:"Streams that one address may open (${default})."`
	LoginRate            limits.Rate `default:"${login_rate}" placeholder:"N/TIME" help:"Tries to log in as one person from one address (${default})."`
	LoginRatePerPerson   limits.Rate `default:"${login_rate_per_person}" placeholder:"N/TIME" help:"Tries to log in as one person from anywhere (${default})."`
	LoginRatePerAddress  limits.Rate `default:"${login_rate_per_address}" placeholder:"N/TIME" help:"Tries to log in from one address (${default})."`

	MaxChannels          int       `default:"${max_channels}" placeholder:"N" help:"Channels with stored events (${default})."`
	MaxChannelsPerSender int       `default:"${max_channels_per_sender}" placeholder:"N" help:"Of them, those that one key, person, token or address sent to first (${default})."`
	MaxChannelBytes      *byteSize `placeholder:"SIZE" help:"Stored data of one channel, and of one user's notifications (as much as --retain-bytes)."`
}

// defaults are the ${names} of flags. Each value is that of the package that uses
// it, so that no number is written twice.
func defaults() kong.Vars {
	streams, use, logins := sse.Options{}.WithDefaults(), web.Limits{}.WithDefaults(), access.LoginLimits{}.WithDefaults()
	vars := kong.Vars{"version": version}
	for name, value := range map[string]any{
		"data":                    "data", // of serve and of the offline commands
		"cards":                   strings.Join(board.Shareable(), ", "),
		"retain_age":              hours(journal.DefaultMaxAge),
		"retain_samples":          hours(journal.DefaultEphemeralAge),
		"retain_bytes":            byteSize(journal.DefaultMaxBytes),
		"max_body":                web.DefaultMaxBody,
		"max_streams":             streams.MaxStreams,
		"max_streams_per_address": streams.MaxPerAddress,
		"max_streams_per_user":    streams.MaxPerUser,
		"post_rate":               use.Posts,
		"post_rate_per_address":   use.PostsByAddress,
		"stream_rate":             use.Streams,
		"stream_rate_per_address": use.StreamsByAddress,
		"login_rate":              logins.Pair,
		"login_rate_per_person":   logins.Account,
		"login_rate_per_address":  logins.Network,
		"max_channels":            use.Channels,
		"max_channels_per_sender": use.ChannelsPerSender,
	} {
		vars[name] = fmt.Sprint(value)
	}
	return vars
}

// hours writes a duration of whole hours without its zeros.
func hours(d time.Duration) string { return strings.TrimSuffix(d.String(), "0m0s") }

// byteSize is a number of bytes, written as 1073741824, 1GiB or 1.5GB.
type byteSize uint64

// UnmarshalText reads a size.
func (b *byteSize) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("%q is not a size, such as 1GiB or 500MB", text)
	}
	*b = byteSize(n)
	return nil
}

// String returns the size as people read it.
func (b byteSize) String() string { return humanize.IBytes(uint64(b)) }

// eventSlack is how much larger an event may be than the body it came in, in bytes:
// the channel, a timestamp and a sender are added.
const eventSlack = 4 << 10

// limits returns the rates and quotas of the handlers. Where a channel may hold as
// much as the journal, only the journal's own bound counts.
func (c serveConfig) limits() web.Limits {
	l := web.Limits{
		Posts: c.PostRate, PostsByAddress: c.PostRatePerAddress, Streams: c.StreamRate, StreamsByAddress: c.StreamRatePerAddress,
		Channels: c.MaxChannels, ChannelsPerSender: c.MaxChannelsPerSender,
	}
	if c.MaxChannelBytes != nil && *c.MaxChannelBytes < c.RetainBytes {
		l.ChannelBytes = int64(*c.MaxChannelBytes)
	}
	return l
}

// logins returns the rates of logins.
func (c limitConfig) logins() access.LoginLimits {
	return access.LoginLimits{Pair: c.LoginRate, Account: c.LoginRatePerPerson, Network: c.LoginRatePerAddress}
}
