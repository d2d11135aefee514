package engine

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"latido/hub/journal/fsync"
)

// ErrConfig is wrapped by every refusal of a Config; the text after it names the
// field.
var ErrConfig = errors.New("bad journal configuration")

// ErrMismatch is wrapped when what a cluster has is not what is asked for. Nothing
// has been changed: other nodes may be using it.
var ErrMismatch = errors.New("the cluster is set up differently")

// ErrUnreadable is wrapped when the folder holds data that NATS could not recover,
// or a stream that is not Latido's. Nothing has been changed. Put the folder back
// from a copy, or move it away to start with an empty one.
var ErrUnreadable = errors.New("stored events cannot be read")

const (
	// MaxData bounds the data of a message, in bytes. It is fixed because a message
	// that was stored under a larger limit must still fit into one pull of a Reader:
	// for one that does not, NATS ends every pull with nothing.
	MaxData = 8 << 20

	// Headroom is what a message may have beside its data, in bytes: the subject, our
	// headers, and what a direct get adds.
	Headroom = 4 << 10

	// minData is what a message can always have, in bytes: a record is that large.
	minData = 64 << 10

	// DefaultTimeout is Config.Timeout's default.
	DefaultTimeout = 1500 * time.Millisecond
)

// Config says where NATS runs. A zero field means its default, a negative one is an
// error.
type Config struct {
	// Dir is the data folder. It is made when missing, and belongs to one process at
	// a time. Not used with a Cluster.
	Dir string

	// Cluster, when it is set, names the servers to use instead of a folder.
	Cluster *Cluster

	// MaxData bounds the data of one message, in bytes, up to the constant MaxData;
	// records always fit. Default and least: 64 KiB.
	MaxData int

	// Timeout is how long one request may take. Default DefaultTimeout.
	Timeout time.Duration

	// Durability says what an acknowledgement promises. Default Safe. Not used with
	// a Cluster, where the servers' own settings decide.
	Durability Durability

	// Logger gets the messages of NATS: warnings and errors as such, the rest at
	// debug level. Default: none.
	Logger *slog.Logger

	// Force replaces the way files are forced onto the disk. Default: fdatasync for
	// events, fsync for records. Tests set it.
	Force fsync.Force

	// ObserveSync, unless it is nil, is called with the duration of each sync, from
	// several goroutines.
	ObserveSync func(time.Duration)
}

// maxPayload is what the largest message has, in bytes.
func (c Config) maxPayload() int { return max(c.MaxData, minData) + Headroom }

// WithDefaults returns the Config with its zero fields filled in.
func (c Config) WithDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.Durability = cmp.Or(c.Durability, Safe)
	if c.Cluster != nil && c.Cluster.Replicas == 0 {
		cluster := *c.Cluster
		cluster.Replicas = 1
		c.Cluster = &cluster
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Check wants defaults filled in and returns all complaints at once; they wrap
// ErrConfig.
func (c Config) Check() error {
	var errs []error
	complain := func(broken bool, format string, args ...any) {
		if broken {
			errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
		}
	}
	complain(c.Dir == "" && c.Cluster == nil, "Dir is empty: name the data folder")
	complain(c.MaxData < 0 || c.MaxData > MaxData, "MaxData is %d, it goes up to %d", c.MaxData, MaxData)
	complain(c.Timeout < 0, "Timeout is %s, it must be positive", c.Timeout)
	complain(c.Durability != Safe && c.Durability != Fast, "Durability is %q, neither %q nor %q", c.Durability, Safe, Fast)
	if c.Cluster != nil {
		for _, what := range c.Cluster.Check() {
			complain(true, "Cluster: %v", what)
		}
	}
	return errors.Join(errs...)
}
