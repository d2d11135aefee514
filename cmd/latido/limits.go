package main

import (
	"fmt"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/web"
)

// limitConfig is how much one may do. A rate of 1000/10s is a thousand at once, and
// as many again evenly over ten seconds.
type limitConfig struct {
	PostRate             limits.Rate `default:"1000/10s" placeholder:"N/TIME" help:"POST requests of one key, person or token (${default}: so many at once, and as many again over that time)."`
	PostRatePerAddress   limits.Rate `default:"2000/10s" placeholder:"N/TIME" help:"POST requests of one address (${default})."`
	StreamRate           limits.Rate `default:"500/10s" placeholder:"N/TIME" help:"Streams that one key, person, token or link may open (${default})."`
	StreamRatePerAddress limits.Rate `default:"2000/20s" placeholder:"N/TIME" help:"Streams that one address may open (${default})."`
	LoginRate            limits.Rate `default:"5/60s" placeholder:"N/TIME" help:"Tries to log in as one person from one address (${default})."`
	LoginRatePerPerson   limits.Rate `default:"100/600s" placeholder:"N/TIME" help:"Tries to log in as one person from anywhere (${default})."`
	LoginRatePerAddress  limits.Rate `default:"30/60s" placeholder:"N/TIME" help:"Tries to log in from one address (${default})."`

	MaxChannels          int       `default:"10000" placeholder:"N" help:"Channels with stored events (${default})."`
	MaxChannelsPerSender int       `default:"2000" placeholder:"N" help:"Of them, those that one key, person, token or address sent to first (${default})."`
	MaxChannelBytes      *byteSize `placeholder:"SIZE" help:"Stored data of one channel, and of one user's notifications (as much as --retain-bytes)."`
}

// check answers every complaint.
func (c limitConfig) check() (all []error) {
	for _, r := range []struct {
		flag string
		rate limits.Rate
	}{
		{"--post-rate", c.PostRate}, {"--post-rate-per-address", c.PostRatePerAddress},
		{"--stream-rate", c.StreamRate}, {"--stream-rate-per-address", c.StreamRatePerAddress},
		{"--login-rate", c.LoginRate}, {"--login-rate-per-person", c.LoginRatePerPerson}, {"--login-rate-per-address", c.LoginRatePerAddress},
	} {
		if err := r.rate.Check(); err != nil {
			all = append(all, fmt.Errorf("%w: %s: %w", errUsage, r.flag, err))
		}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"--max-channels", c.MaxChannels}, {"--max-channels-per-sender", c.MaxChannelsPerSender}} {
		if n.value < 1 || n.value > maxChannelsLimit {
			all = append(all, fmt.Errorf("%w: %s %d is not between 1 and %d", errUsage, n.flag, n.value, maxChannelsLimit))
		}
	}
	if c.MaxChannelBytes != nil && *c.MaxChannelBytes < minChannelBytes {
		all = append(all, fmt.Errorf("%w: --max-channel-bytes %v is not at least %v", errUsage, *c.MaxChannelBytes, byteSize(minChannelBytes)))
	}
	return all
}

const (
	// maxChannelsLimit is the most --max-channels may allow: each costs some
	// hundred bytes of memory.
	maxChannelsLimit = 10_000_000

	// minChannelBytes is the least --max-channel-bytes may allow: a channel must be
	// able to hold the largest events there can be.
	minChannelBytes = 4 * maxBodyLimit
)

// limits are those of the handlers. Where a channel may hold as much as the journal,
// the journal's own bound is the only one.
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

// logins are those of access.
func (c limitConfig) logins() access.LoginLimits {
	return access.LoginLimits{Pair: c.LoginRate, Account: c.LoginRatePerPerson, Network: c.LoginRatePerAddress}
}
