package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"latido/handlers/limits"
)

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
