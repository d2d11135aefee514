package handlers

import (
	"math"
	"time"

	"latido/handlers/limits"
)

// Limits are how much one may do. Zero means the default, never no limit. A
// principal is an API key, a person, a token's subject or a share link; who shows
// nothing is limited by address alone. An address is an IPv4 address, or the 64
// bits of an IPv6 network. Where access is open, requests from this machine itself
// (a loopback address) have no rate: its own scripts and load tools need none.
type Limits struct {
	Posts             limits.Rate // POST requests of one principal; default 1000/10s
	PostsByAddress    limits.Rate // of one address, whatever it shows; default 2000/10s
	Streams           limits.Rate // streams that one principal opens; default 500/10s
	StreamsByAddress  limits.Rate // that one address tries to open; default 2000/20s
	Channels          int         // channels with stored events, in all; default 10,000
	ChannelsPerSender int         // of them, those that one principal, or address, sent to first; default 2,000
	// ChannelBytes bounds the stored data of one channel, and of one user. The
	// default is as much as the journal keeps: what is stored of one then pushes the
	// oldest of all events out, and nobody is refused.
	ChannelBytes int64
}

// WithDefaults returns a copy in which the defaults stand for zero values.
func (l Limits) WithDefaults() Limits {
	for _, d := range []struct {
		field *limits.Rate
		value limits.Rate
	}{
		{&l.Posts, limits.Rate{Burst: 1000, Per: 10 * time.Second}},
		{&l.PostsByAddress, limits.Rate{Burst: 2000, Per: 10 * time.Second}},
		{&l.Streams, limits.Rate{Burst: 500, Per: 10 * time.Second}},
		{&l.StreamsByAddress, limits.Rate{Burst: 2000, Per: 20 * time.Second}},
	} {
		if *d.field == (limits.Rate{}) {
			*d.field = d.value
		}
	}
	if l.Channels <= 0 {
		l.Channels = 10_000
	}
	if l.ChannelsPerSender <= 0 {
		l.ChannelsPerSender = 2000
	}
	if l.ChannelBytes <= 0 {
		l.ChannelBytes = math.MaxInt64
	}
	return l
}

// maxBuckets bounds the principals, and the addresses, whose rate is remembered.
const maxBuckets = 10_000

// limiter is the limits at work.
type limiter struct {
	posts, streams *policies
	quota          *limits.Quota
	refused        refusals
}

// producersOwn are the channels of this process's producers: the hub's page would
// be blind without them, so no quota counts them.
var producersOwn = []string{"metrics", "trading", "logs", tasksChannel}

func newLimiter(l Limits) *limiter {
	l = l.WithDefaults()
	return &limiter{
		posts:   newPolicies(l.Posts, l.PostsByAddress),
		streams: newPolicies(l.Streams, l.StreamsByAddress),
		quota:   limits.NewQuota(limits.Bounds{Channels: l.Channels, OwnChannels: l.ChannelsPerSender, Bytes: l.ChannelBytes}, producersOwn...),
	}
}
