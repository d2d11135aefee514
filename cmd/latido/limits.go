package main

import (
	"latido/handlers/access"
	"latido/handlers/web"
)

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
