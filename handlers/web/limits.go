package web

import (
	"cmp"
	"math"
	"time"

	"latido/handlers/limits"
)

// Limits are the rates and quotas of callers. A field's zero value means its default;
// no value means no limit. A principal is an API key, a person, a token's subject or
// a share link; a caller without credentials is limited by address alone. An address
// is an IPv4 address, or the 64 bits of an IPv6 network. Where access is open,
// requests from this machine itself (a loopback address) have no rate: its own
// scripts and load tools need none. Neither has the Console.
type Limits struct {
	Posts             limits.Rate // POST requests of one principal; default 1000/10s
	PostsByAddress    limits.Rate // of one address, whatever its credentials; default 2000/10s
	Streams           limits.Rate // streams that one principal opens; default 500/10s
	StreamsByAddress  limits.Rate // that one address tries to open; default 2000/20s
	Channels          int         // channels with stored events, in all; default 10,000
	ChannelsPerSender int         // of them, those that one principal, or address, sent to first; default 2,000
	// ChannelBytes bounds the stored data of one channel, and of one user. The
	// default is as much as the journal keeps: what is stored of one then pushes the
	// oldest of all events out, and nothing is refused.
	ChannelBytes int64
}

// WithDefaults returns a copy in which the defaults stand for zero values.
func (l Limits) WithDefaults() Limits {
	l.Posts = cmp.Or(l.Posts, limits.Rate{Burst: 1000, Per: 10 * time.Second})
	l.PostsByAddress = cmp.Or(l.PostsByAddress, limits.Rate{Burst: 2000, Per: 10 * time.Second})
	l.Streams = cmp.Or(l.Streams, limits.Rate{Burst: 500, Per: 10 * time.Second})
	l.StreamsByAddress = cmp.Or(l.StreamsByAddress, limits.Rate{Burst: 2000, Per: 20 * time.Second})
	l.Channels = cmp.Or(l.Channels, 10_000)
	l.ChannelsPerSender = cmp.Or(l.ChannelsPerSender, 2000)
	l.ChannelBytes = cmp.Or(l.ChannelBytes, math.MaxInt64)
	return l
}

// LimitKind is what sort of limit was met.
type LimitKind int

// The limits.
const (
	TooOften LimitKind = iota // a rate
	ChannelsInAll
	ChannelsOfSender
	ChannelBytes
	UserBytes
)

// LimitError is a limit that was met: the response is 429.
type LimitError struct {
	Kind   LimitKind
	Detail string
	After  int // seconds after which it may be tried again; 0 where waiting alone does not help
}

func (e *LimitError) Error() string { return e.Detail }

// Refused returns how many streams were refused by a rate since the process began,
// and how many requests by any other limit.
func (k *Kernel) Refused() (streams, requests uint64) {
	return k.refusedStreams.Load(), k.refusedRequests.Load()
}
