package load

import (
	"errors"
	"math"
	"net/http"
	"time"
)

// Errors that callers tell apart. They come wrapped.
var (
	// ErrUnsupported is answered on every system but Linux.
	ErrUnsupported = errors.New("bench needs Linux: it reads /proc and waits with epoll")
	// ErrNobody means that no subscriber got a stream, so nothing was published.
	ErrNobody = errors.New("no subscriber got a stream")
	// ErrFiles means that the limit of open files does not fit the subscribers.
	ErrFiles = errors.New("too few open files are allowed")
)

// Config says what Run does. Its numbers must make sense: Run does not check
// them. Where a default is named, zero means it.
type Config struct {
	// URL is the base of the server, http://HOST:PORT.
	URL string
	// SubscribePath and PublishPath are appended to URL; {channel} stands for
	// the channel's escaped name.
	SubscribePath, PublishPath string
	// Subscribers is how many streams are opened, at least 1. Stream i listens
	// to channel i modulo Channels.
	Subscribers int
	// Stalled is the share of them, 0 to 1, that never read.
	Stalled float64
	// Channels is at least 1. Event j goes to channel j modulo Channels.
	Channels int
	// Rate is how many events a second are sent over all channels, for Duration.
	Rate     float64
	Duration time.Duration
	// Publishers is how many connections share that work, at least 1.
	Publishers int
	// Size is how many bytes of padding an event carries.
	Size int
	// Settle is how long everybody rests before memory is read.
	Settle time.Duration
	// PIDs are the processes of the server. When empty, and the server is on
	// this machine, the processes that listen on its port are taken.
	PIDs []int
	// Header is sent with every subscription and every event.
	Header http.Header
	// Patience is the longest time without any progress, while connecting and
	// after the last event, before Run goes on without the rest; default 20 s.
	Patience time.Duration
	// Progress, when not nil, is told how far the run is.
	Progress *Progress
}

// planned is how many events the run sends when the server keeps up.
func (c Config) planned() int64 {
	return max(1, int64(math.Round(c.Rate*c.Duration.Seconds())))
}

func (c Config) patience() time.Duration {
	if c.Patience == 0 {
		return 20 * time.Second
	}
	return c.Patience
}
