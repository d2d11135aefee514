package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"latido/handlers/limits"
)

// errUsage is wrapped when a setting makes no sense.
var errUsage = errors.New("bad setting")

// The bounds of settings.
const (
	// maxNodeName is the longest --node-name, in bytes.
	maxNodeName = 64
	// maxBodyLimit is the largest --max-body, in bytes.
	maxBodyLimit = 4 << 20
	// minRetain and minRetainBytes are the least retention: less would be gone
	// before its readers come back.
	minRetain      = time.Minute
	minRetainBytes = 32 << 20
	// maxChannelsLimit is the largest --max-channels: each costs some hundred bytes of
	// memory.
	maxChannelsLimit = 10_000_000
	// minChannelBytes is the least --max-channel-bytes: a channel must be able to hold
	// the largest events there can be.
	minChannelBytes = 4 * maxBodyLimit
)

// nodeName is what --node-name may be, of at most maxNodeName bytes.
var nodeName = regexp.MustCompile(fmt.Sprintf(`^[A-Za-z0-9._:-]{1,%d}$`, maxNodeName))

// complaints collects what is wrong with settings. Each error wraps errUsage.
type complaints []error

// unless adds a complaint unless ok.
func (c *complaints) unless(ok bool, format string, args ...any) {
	if !ok {
		*c = append(*c, fmt.Errorf("%w: "+format, append([]any{errUsage}, args...)...))
	}
}

// check returns all that is wrong with the settings, as one error.
func (c serveConfig) check() error {
	var all complaints
	_, _, err := net.SplitHostPort(c.Addr)
	all.unless(err == nil, "--addr %q is not HOST:PORT, such as 127.0.0.1:8080", c.Addr)
	all.unless(c.Data != "", "--data needs a folder")
	c.clusterConfig.check(&all)
	c.accessConfig.check(&all)
	c.limitConfig.check(&all)
	all.unless(c.MaxBody >= 1 && c.MaxBody <= maxBodyLimit, "--max-body %d is not between 1 and %d", c.MaxBody, maxBodyLimit)
	all.unless((c.TLSCert == "") == (c.TLSKey == ""), "--tls-cert and --tls-key go together")
	all.unless(c.MaxStreams >= 1, "--max-streams %d is not at least 1", c.MaxStreams)
	all.unless(c.MaxStreamsPerAddress >= 1, "--max-streams-per-address %d is not at least 1", c.MaxStreamsPerAddress)
	all.unless(c.MaxStreamsPerUser >= 1, "--max-streams-per-user %d is not at least 1", c.MaxStreamsPerUser)
	all.unless(c.RetainAge >= minRetain, "--retain-age %v is not at least %v", c.RetainAge, minRetain)
	all.unless(c.RetainSamples >= minRetain, "--retain-samples %v is not at least %v", c.RetainSamples, minRetain)
	all.unless(c.RetainSamples <= c.RetainAge, "--retain-samples %v is longer than --retain-age %v", c.RetainSamples, c.RetainAge)
	all.unless(c.RetainBytes >= minRetainBytes, "--retain-bytes %v is not at least %v", c.RetainBytes, byteSize(minRetainBytes))
	all.unless(c.Drain > 0, "--drain %v is not a time above zero", c.Drain)
	return errors.Join(all...)
}

func (c clusterConfig) check(all *complaints) {
	c.natsConfig.check(all)
	all.unless(c.NodeName == "" || nodeName.MatchString(c.NodeName), "--node-name is not 1 to %d letters, digits, dots, colons, dashes and underscores", maxNodeName)
}

// natsFlags are the flags of an engine.Cluster's fields.
var natsFlags = map[string]string{
	"URLs": "--nats-url", "Credentials": "--nats-creds", "CA": "--nats-ca", "Certificate": "--nats-cert", "Key": "--nats-key", "Replicas": "--replicas",
}

// check leaves what makes sense in a cluster to the journal, which names the field.
func (c natsConfig) check(all *complaints) {
	if cluster := c.cluster(); cluster != nil {
		for _, wrong := range cluster.Check() {
			all.unless(false, "%s %s", natsFlags[wrong.Field], wrong.Text)
		}
		return
	}
	all.unless(c.NatsCreds == "", "--nats-creds needs --nats-url")
	all.unless(c.NatsCA == "", "--nats-ca needs --nats-url")
	all.unless(c.NatsCert == "", "--nats-cert needs --nats-url")
	all.unless(c.NatsKey == "", "--nats-key needs --nats-url")
	all.unless(c.Replicas == 1, "--replicas %d needs --nats-url: a data folder keeps one copy", c.Replicas)
}

func (c accessConfig) check(all *complaints) {
	if c.JWTKey != "" {
		_, err := os.Stat(c.JWTKey)
		all.unless(err == nil, "--jwt-key: %v", err)
	}
	for _, text := range c.CORSOrigin {
		// As browsers send it (RFC 6454, section 6.1): nothing after the port.
		u, err := url.Parse(text)
		all.unless(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && strings.ToLower(u.Scheme+"://"+u.Host) == text,
			"--cors-origin %q is not like https://app.example.org", text)
	}
}

func (c limitConfig) check(all *complaints) {
	for _, r := range []struct {
		flag string
		rate limits.Rate
	}{
		{"--post-rate", c.PostRate}, {"--post-rate-per-address", c.PostRatePerAddress},
		{"--stream-rate", c.StreamRate}, {"--stream-rate-per-address", c.StreamRatePerAddress},
		{"--login-rate", c.LoginRate}, {"--login-rate-per-person", c.LoginRatePerPerson}, {"--login-rate-per-address", c.LoginRatePerAddress},
	} {
		if err := r.rate.Check(); err != nil {
			*all = append(*all, fmt.Errorf("%w: %s: %w", errUsage, r.flag, err))
		}
	}
	all.unless(c.MaxChannels >= 1 && c.MaxChannels <= maxChannelsLimit, "--max-channels %d is not between 1 and %d", c.MaxChannels, maxChannelsLimit)
	all.unless(c.MaxChannelsPerSender >= 1 && c.MaxChannelsPerSender <= maxChannelsLimit,
		"--max-channels-per-sender %d is not between 1 and %d", c.MaxChannelsPerSender, maxChannelsLimit)
	all.unless(c.MaxChannelBytes == nil || *c.MaxChannelBytes >= minChannelBytes, "--max-channel-bytes %v is not at least %v", c.MaxChannelBytes, byteSize(minChannelBytes))
}
