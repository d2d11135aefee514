package main

import (
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		terminal bool
		want     string
	}{
		"a terminal is written over": {true, "\r100ms\x1b[K\r5s\x1b[K\r10.1s\x1b[K\r\x1b[K"},
		"a log gets few lines":       {false, "5s\n10.1s\n"},
	} {
		var b strings.Builder
		p := &progress{W: &b, Terminal: c.terminal}
		start := time.Unix(1, 0)
		for _, at := range []time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond, 150 * time.Millisecond, 5 * time.Second, 10100 * time.Millisecond} {
			p.show(start.Add(at), func() string { return at.String() })
		}
		p.clear()
		if b.String() != c.want {
			t.Errorf("%s: wrote %q, want %q", name, b.String(), c.want)
		}
	}
	var none *progress
	none.show(time.Time{}, func() string { panic("nobody listens") })
	none.clear()
}
