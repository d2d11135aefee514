package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"latido/hub/journal/engine"
	"latido/hub/journal/fsync"
)

// Defaults of Config.
const (
	DefaultMaxBytes      int64 = 1 << 30
	DefaultMaxAge              = 7 * 24 * time.Hour
	DefaultEphemeralAge        = time.Hour
	DefaultMaxEventBytes       = 1 << 20
	DefaultDedupeWindow        = 10 * time.Minute
)

// Config says where a journal lives and what bounds it. The zero value works
// once Dir is set: a zero field means its default, never "unlimited", and a
// negative one is an error.
type Config struct {
	// Dir is the data folder. It is made when missing, and belongs to one
	// process at a time. Not used with a Cluster.
	Dir string

	// Cluster, when it is set, names the servers that keep the events in place of
	// a folder.
	Cluster *engine.Cluster

	// MaxBytes bounds what is stored, in bytes; the oldest events go first.
	// Default DefaultMaxBytes; at least four times MaxEventBytes.
	MaxBytes int64

	// MaxAge bounds how long an event is stored. Default DefaultMaxAge.
	MaxAge time.Duration

	// EphemeralAge bounds how long an ephemeral hub.Draft is stored. Default
	// DefaultEphemeralAge, or MaxAge where that is shorter; from 1 s to MaxAge.
	EphemeralAge time.Duration

	// MaxEventBytes bounds the data of one event, in bytes. Default
	// DefaultMaxEventBytes; at most 8 MiB.
	MaxEventBytes int

	// DedupeWindow is how long a Draft's Key is remembered. Default
	// DefaultDedupeWindow, or MaxAge where that is shorter; from 100 ms to
	// MaxAge. Memory grows with the keys seen in it, about 200 bytes each.
	DedupeWindow time.Duration

	// Timeout is how long an Append may take; a read of bounds or of a page of
	// history may take four times that. Default engine.DefaultTimeout.
	Timeout time.Duration

	// Durability says what an acknowledgement promises. Default Safe. Not used
	// with a Cluster, where the servers' own settings decide.
	Durability engine.Durability

	// Logger gets what the engine has to say: warnings and errors as such, the
	// rest at debug level. Default: none.
	Logger *slog.Logger

	// ObserveSync, unless it is nil, is called with the duration of each sync of the
	// disk, from several goroutines.
	ObserveSync func(time.Duration)

	force fsync.Force // nil; tests replace the disk
}

// engine is the part of the Config that says where NATS runs.
func (c Config) engine() engine.Config {
	return engine.Config{
		Dir: c.Dir, Cluster: c.Cluster, MaxData: max(c.MaxEventBytes, 0), Timeout: c.Timeout, Durability: c.Durability, Logger: c.Logger,
		Force: c.force, ObserveSync: c.ObserveSync,
	}.WithDefaults()
}

// readTimeout is longer than Timeout: a page may be megabytes, and reads are not
// promised to return within seconds.
func (c Config) readTimeout() time.Duration { return 4 * c.Timeout }

func (c Config) withDefaults() Config {
	setDefault(&c.MaxBytes, DefaultMaxBytes)
	setDefault(&c.MaxAge, DefaultMaxAge)
	setDefault(&c.EphemeralAge, min(DefaultEphemeralAge, c.MaxAge))
	setDefault(&c.MaxEventBytes, DefaultMaxEventBytes)
	setDefault(&c.DedupeWindow, min(DefaultDedupeWindow, c.MaxAge))
	e := c.engine()
	c.Cluster, c.Timeout, c.Durability, c.Logger = e.Cluster, e.Timeout, e.Durability, e.Logger
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check wants defaults filled in and returns all complaints at once.
func (c Config) check() error {
	var errs []error
	complain := func(broken bool, format string, args ...any) {
		if broken {
			errs = append(errs, fmt.Errorf("%w: "+format, append([]any{engine.ErrConfig}, args...)...))
		}
	}
	complain(c.MaxEventBytes < 1 || c.MaxEventBytes > engine.MaxData,
		"MaxEventBytes is %d, it goes from 1 to %d", c.MaxEventBytes, engine.MaxData)
	complain(c.MaxBytes < 4*int64(c.MaxEventBytes),
		"MaxBytes is %d, it must hold at least four events of MaxEventBytes (%d)", c.MaxBytes, c.MaxEventBytes)
	complain(c.MaxAge < 0, "MaxAge is %s, it must be positive", c.MaxAge)
	complain(c.EphemeralAge < time.Second || c.EphemeralAge > c.MaxAge, "EphemeralAge is %s, it goes from 1s to MaxAge (%s)", c.EphemeralAge, c.MaxAge)
	complain(c.DedupeWindow < 100*time.Millisecond || c.DedupeWindow > c.MaxAge,
		"DedupeWindow is %s, it goes from 100ms to MaxAge (%s)", c.DedupeWindow, c.MaxAge)
	return errors.Join(append(errs, c.engine().Check())...)
}
