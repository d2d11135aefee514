package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"latido/handlers/access"
	"latido/handlers/limits"
	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub/journal"
)

// TestDefaultsAreThoseOfThePackages: a flag that is not given has the value that its
// package would choose, also after it was written as text and parsed again.
func TestDefaultsAreThoseOfThePackages(t *testing.T) {
	var c cli
	parser, err := kong.New(&c, defaults())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil {
		t.Fatal(err)
	}
	s, streams := c.Serve, sse.Options{}.WithDefaults()
	use := web.Limits{}.WithDefaults()
	use.ChannelBytes = 0 // its default is no flag's
	for _, v := range []struct {
		name      string
		got, want any
	}{
		{"retain age", s.RetainAge, journal.DefaultMaxAge}, {"retain samples", s.RetainSamples, journal.DefaultEphemeralAge},
		{"retain bytes", int64(s.RetainBytes), journal.DefaultMaxBytes}, {"max body", s.MaxBody, int64(web.DefaultMaxBody)},
		{"streams", [3]int{s.MaxStreams, s.MaxStreamsPerAddress, s.MaxStreamsPerUser}, [3]int{streams.MaxStreams, streams.MaxPerAddress, streams.MaxPerUser}},
		{"rates and quotas", s.limits(), use}, {"logins", s.logins(), access.LoginLimits{}.WithDefaults()},
		{"backup's folder", c.Backup.Data, s.Data}, {"restore's folder", c.Restore.Data, s.Data}, {"setup's folder", c.Setup.Data, s.Data},
	} {
		if v.got != v.want {
			t.Errorf("%s: the flag's default is %v, the package's %v", v.name, v.got, v.want)
		}
	}
	if err := s.check(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

// TestNoLimitIsSwitchedOff: 0 is refused for every limit, all at once, and so is
// what is no rate.
func TestNoLimitIsSwitchedOff(t *testing.T) {
	args := []string{"serve", "--addr", "127.0.0.1:0", "--data", t.TempDir()}
	flags := map[string]string{
		"--post-rate": "0/10s", "--post-rate-per-address": "0/10s", "--stream-rate": "5/0s", "--stream-rate-per-address": "0/0s",
		"--login-rate": "0/1s", "--login-rate-per-person": "-1/1s", "--login-rate-per-address": "5/500ms",
		"--max-channels": "0", "--max-channels-per-sender": "0", "--max-channel-bytes": "0",
	}
	for flag, value := range flags {
		args = append(args, flag+"="+value)
	}
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), args, &stdout, &stderr); status != 2 {
		t.Errorf("status %d", status)
	}
	for flag := range flags {
		if !strings.Contains(stderr.String(), "bad setting: "+flag+" ") && !strings.Contains(stderr.String(), "bad setting: "+flag+": ") {
			t.Errorf("nothing is said of %s in\n%s", flag, stderr.String())
		}
	}
	stderr.Reset()
	if status := command(t.Context(), []string{"serve", "--post-rate=100"}, &stdout, &stderr); status != 2 || !strings.Contains(stderr.String(), "1000/10s") {
		t.Errorf("status %d: %s", status, stderr.String())
	}
}

// TestChannelBytesStandBehindTheJournal: where a channel may hold as much as the
// journal keeps, no quota refuses.
func TestChannelBytesStandBehindTheJournal(t *testing.T) {
	size := func(n byteSize) *byteSize { return &n }
	for _, c := range []struct {
		given *byteSize
		want  int64
	}{{nil, 0}, {size(64 << 20), 0}, {size(65 << 20), 0}, {size(63 << 20), 63 << 20}} {
		cfg := serveConfig{RetainBytes: 64 << 20}
		cfg.MaxChannelBytes = c.given
		cfg.PostRate = limits.Rate{Burst: 7, Per: time.Second}
		if l := cfg.limits(); l.ChannelBytes != c.want || l.Posts != cfg.PostRate {
			t.Errorf("%v: %+v", c.given, l)
		}
	}
}
