package journal

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"latido/hub/journal/engine"
)

// Defaults of Config.
const (
	DefaultMaxBytes      int64 = 1 << 30
	DefaultMaxAge              = 7 * 24 * time.Hour
	DefaultEphemeralAge        = time.Hour
	DefaultMaxEventBytes       = 1 << 20
	DefaultDedupeWindow        = 10 * time.Minute
)

// Config says where a journal is and what bounds it. The zero value works
// once Dir or Cluster is set: a zero field means its default, never "unlimited", and a
// negative one is an error.
type Config struct {
	// Config says where NATS runs. Its MaxData follows from MaxEventBytes.
	engine.Config

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
}

// readTimeout is how long a read of bounds or of a page of history may take. It is longer
// than Timeout, within which an Append returns: a page may be megabytes.
func (c Config) readTimeout() time.Duration { return 4 * c.Timeout }

func (c Config) withDefaults() Config {
	c.MaxBytes = cmp.Or(c.MaxBytes, DefaultMaxBytes)
	c.MaxAge = cmp.Or(c.MaxAge, DefaultMaxAge)
	c.EphemeralAge = cmp.Or(c.EphemeralAge, min(DefaultEphemeralAge, c.MaxAge))
	c.MaxEventBytes = cmp.Or(c.MaxEventBytes, DefaultMaxEventBytes)
	c.DedupeWindow = cmp.Or(c.DedupeWindow, min(DefaultDedupeWindow, c.MaxAge))
	c.MaxData = max(c.MaxEventBytes, 0)
	c.Config = c.Config.WithDefaults()
	return c
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
	return errors.Join(append(errs, c.Config.Check())...)
}
