package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"latido/hub/kv"

	"github.com/nats-io/nats-server/v2/server"
)

// Defaults of Config.
const (
	DefaultMaxBytes      int64 = 1 << 30
	DefaultMaxAge              = 7 * 24 * time.Hour
	DefaultSampleAge           = time.Hour
	DefaultMaxEventBytes       = 1 << 20
	DefaultDedupeWindow        = 10 * time.Minute
	DefaultTimeout             = 1500 * time.Millisecond
)

// maxEventBytesCeiling bounds Config.MaxEventBytes. It is fixed because an
// event that was stored under a larger limit must still fit into one pull of
// Follow: for one that does not, the engine ends every pull empty-handed.
const maxEventBytesCeiling = 8 << 20

// ErrConfig is wrapped by every refusal of a Config; the text after it names
// the field.
var ErrConfig = errors.New("bad journal configuration")

// Config says where a journal lives and what bounds it. The zero value works
// once Dir is set: a zero field means its default, never "unlimited", and a
// negative one is an error.
type Config struct {
	// Dir is the data folder. It is made when missing, and belongs to one
	// process at a time. Not used with a Cluster.
	Dir string

	// Cluster, when it is set, names the servers that keep the events in place of
	// a folder.
	Cluster *Cluster

	// MaxBytes bounds what is stored, in bytes; the oldest events go first.
	// Default DefaultMaxBytes; at least four times MaxEventBytes.
	MaxBytes int64

	// MaxAge bounds how long an event is stored. Default DefaultMaxAge.
	MaxAge time.Duration

	// SampleAge bounds how long a hub.Draft's Sample is stored. Default
	// DefaultSampleAge, or MaxAge where that is shorter; from 1 s to MaxAge.
	SampleAge time.Duration

	// MaxEventBytes bounds the data of one event, in bytes. Default
	// DefaultMaxEventBytes; at most 8 MiB.
	MaxEventBytes int

	// DedupeWindow is how long a Draft's Key is remembered. Default
	// DefaultDedupeWindow, or MaxAge where that is shorter; from 100 ms to
	// MaxAge. Memory grows with the keys seen in it, about 200 bytes each.
	DedupeWindow time.Duration

	// Timeout is how long an Append may take; a read of bounds or of a page of
	// history may take four times that. Default DefaultTimeout.
	Timeout time.Duration

	// Durability says what an acknowledgement promises. Default Safe. Not used
	// with a Cluster, where the servers' own settings decide.
	Durability Durability

	// Logger gets what the engine has to say: warnings and errors as such, the
	// rest at debug level. Default: nobody.
	Logger *slog.Logger

	force forceFunc             // nil; tests put another disk in dataSync's place
	mark  func(Config) mark     // newMark; tests put another machine in its place
	tune  func(*server.Options) // nil; a benchmark compares with other settings of the engine
}

// readTimeout is longer than Timeout: a page may be megabytes, and who reads has
// not been promised an answer within seconds.
func (c Config) readTimeout() time.Duration { return 4 * c.Timeout }

// maxPayload is what the largest message has, in bytes.
func (c Config) maxPayload() int { return max(c.MaxEventBytes, kv.MaxValue) + headroom }

func (c Config) withDefaults() Config {
	setDefault(&c.MaxBytes, DefaultMaxBytes)
	setDefault(&c.MaxAge, DefaultMaxAge)
	setDefault(&c.SampleAge, min(DefaultSampleAge, c.MaxAge))
	setDefault(&c.MaxEventBytes, DefaultMaxEventBytes)
	setDefault(&c.DedupeWindow, min(DefaultDedupeWindow, c.MaxAge))
	setDefault(&c.Timeout, DefaultTimeout)
	setDefault(&c.Durability, Safe)
	if c.Cluster != nil {
		cluster := *c.Cluster
		setDefault(&cluster.Replicas, 1)
		c.Cluster = &cluster
	}
	if c.mark == nil {
		c.mark = newMark
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check wants defaults filled in and answers all complaints at once.
func (c Config) check() error {
	var errs []error
	complain := func(broken bool, format string, args ...any) {
		if broken {
			errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
		}
	}
	complain(c.Dir == "" && c.Cluster == nil, "Dir is empty: name the data folder")
	complain(c.MaxEventBytes < 1 || c.MaxEventBytes > maxEventBytesCeiling,
		"MaxEventBytes is %d, it goes from 1 to %d", c.MaxEventBytes, maxEventBytesCeiling)
	complain(c.MaxBytes < 4*int64(c.MaxEventBytes),
		"MaxBytes is %d, it must hold at least four events of MaxEventBytes (%d)", c.MaxBytes, c.MaxEventBytes)
	complain(c.MaxAge < 0, "MaxAge is %s, it must be positive", c.MaxAge)
	complain(c.SampleAge < time.Second || c.SampleAge > c.MaxAge, "SampleAge is %s, it goes from 1s to MaxAge (%s)", c.SampleAge, c.MaxAge)
	complain(c.DedupeWindow < 100*time.Millisecond || c.DedupeWindow > c.MaxAge,
		"DedupeWindow is %s, it goes from 100ms to MaxAge (%s)", c.DedupeWindow, c.MaxAge)
	complain(c.Timeout < 0, "Timeout is %s, it must be positive", c.Timeout)
	if err := c.Durability.check(); err != nil {
		complain(true, "Durability: %v", err)
	}
	if c.Cluster != nil {
		for _, what := range c.Cluster.check() {
			complain(true, "Cluster: %s", what)
		}
	}
	return errors.Join(errs...)
}
