package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// writeText writes the result for people: one line per figure, values aligned.
func (r result) writeText(w io.Writer) error {
	t := table{}
	title := r.Run + " " + r.URL
	if r.Interrupted {
		title += " (interrupted: what was measured until then)"
	}
	t.row("connected", "%s of %s in %.2f s", count(r.Connected), count(int64(r.Subscribers)), r.ConnectS)
	t.figure("  server CPU", r.ConnectCPU, "µs per connect")
	if r.Refused > 0 {
		t.row("  refused", "%s, the first: %s", count(r.Refused), r.FirstRefusal)
	}
	if r.Stalled > 0 {
		t.row("  stalled", "%s, of them closed %s", count(r.Stalled), count(r.StalledClosed))
	}
	t.row("  closed", "%s", count(r.Closed))
	t.figure("memory", r.MemoryPer, "bytes per idle subscriber")
	t.figure("  in all", megabytes(r.MemoryIdle), "MB")
	t.row("events", "%s sent, %s failed", count(r.Sent), count(r.Failed))
	if r.FirstFailure != "" {
		t.row("  the first", "%s", r.FirstFailure)
	}
	if left := r.Planned - r.Sent - r.Failed; left > 0 {
		t.row("  not sent", "%s: the server did not keep up with the pace, or the run ended early", count(left))
	}
	t.row("deliveries", "%s of %s", count(r.Received), count(r.Expected))
	t.figure("  rate", r.PerSecond, "per second")
	t.figure("  server CPU", r.DeliveryCPU, "µs per delivery")
	t.figure("latency p50", r.P50, "ms")
	t.figure("  p99", r.P99, "ms")
	t.figure("  p99.9", r.P999, "ms")
	t.figure("  max", r.Max, "ms")
	if r.Note != "" {
		t.row("server", "%s", r.Note)
	}
	return t.write(w, title)
}

// writeText writes the ratios for people.
func (r ratios) writeText(w io.Writer) error {
	t := table{}
	t.figure("CPU", r.DeliveryCPU, "× per delivery")
	t.figure("", r.ConnectCPU, "× per connect")
	t.figure("memory", r.MemoryPer, "× per idle subscriber")
	t.figure("deliveries", r.PerSecond, "× per second")
	t.figure("latency p50", r.P50, "×")
	t.figure("  p99", r.P99, "×")
	return t.write(w, "server through baseline (means something when both are pinned alike)")
}

// table is lines of a name and a value.
type table struct{ lines []string }

func (t *table) row(name, format string, args ...any) {
	t.lines = append(t.lines, fmt.Sprintf("  %-14s", name)+fmt.Sprintf(format, args...))
}

func (t *table) figure(name string, f *float64, unit string) {
	if f == nil {
		t.row(name, "not measured (%s)", unit)
		return
	}
	t.row(name, "%s %s", plain(*f), unit)
}

func (t *table) write(w io.Writer, title string) error {
	if _, err := fmt.Fprintf(w, "%s\n%s\n", title, strings.Join(t.lines, "\n")); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// plain writes a figure without digits that say nothing.
func plain(f float64) string {
	switch {
	case math.Abs(f) >= 100:
		return count(int64(math.Round(f)))
	case math.Abs(f) >= 10:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

// count writes a number with its thousands apart.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func megabytes(f *float64) *float64 {
	if f == nil {
		return nil
	}
	return rounded(*f / 1e6)
}
