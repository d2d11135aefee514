package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"

	"latido/handlers/access"
)

// terminal is what a command reads and writes.
type terminal struct {
	in     *os.File
	out    io.Writer // what a script would take
	errout io.Writer // what people read
}

// password asks for a new password: twice at a terminal, without showing it, and
// otherwise it is the first line of the input. It is no flag: other people on the
// machine could read it.
func (t *terminal) password(ctx context.Context) (string, error) {
	if !term.IsTerminal(int(t.in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(t.in, 4<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return "", fmt.Errorf("%w: the password is the first line of the input, and there is none", errUsage)
		}
		return line, nil
	}
	first, err := t.hidden(ctx, "New password: ")
	if err != nil {
		return "", err
	}
	if err := access.CheckPassword(first); err != nil {
		return "", fmt.Errorf("%w: %w", errUsage, err)
	}
	again, err := t.hidden(ctx, "The same again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", fmt.Errorf("%w: the two passwords are not the same", errUsage)
	}
	return first, nil
}

// hidden reads a line that is not shown. An interrupt gives the terminal back as
// it was.
func (t *terminal) hidden(ctx context.Context, prompt string) (string, error) {
	fd := int(t.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	fmt.Fprint(t.errout, prompt)
	var text []byte
	done := make(chan error, 1)
	go func() { // it ends with the process: a read of a terminal cannot be interrupted
		var err error
		text, err = term.ReadPassword(fd)
		done <- err
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = errors.Join(errors.New("interrupted"), term.Restore(fd, before))
	}
	fmt.Fprintln(t.errout)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(text), nil
}

// table writes lines of columns, or a sentence where there is none.
func (t *terminal) table(none string, lines [][]string) error {
	if len(lines) < 2 {
		fmt.Fprintln(t.errout, "latido: "+none)
		return nil
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(w, strings.Join(line, "\t"))
	}
	return w.Flush()
}

// say tells people what has been done.
func (t *terminal) say(format string, args ...any) {
	fmt.Fprintf(t.errout, "latido: "+format+"\n", args...)
}

// day is a time as tables show it.
func day(at time.Time, none string) string {
	if at.IsZero() {
		return none
	}
	return at.Local().Format("2006-01-02 15:04")
}

// userID is a user id as tables show it.
func userID(id int64) string {
	if id == 0 {
		return "-"
	}
	return strconv.FormatInt(id, 10)
}

// period is a time from now on, in days such as 90d or as Go writes it; zero is
// one without an end.
type period time.Duration

// UnmarshalText reads one above zero.
func (p *period) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if days, isDays := strings.CutSuffix(string(text), "d"); isDays {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(n, maxPeriodDays+1)) * 24 * time.Hour
	}
	if err != nil || d <= 0 || d > maxPeriodDays*24*time.Hour {
		return fmt.Errorf("%q is no time above zero, such as 90d or 12h, and at most %dd", text, maxPeriodDays)
	}
	*p = period(d)
	return nil
}

// maxPeriodDays bounds a period: what shall last longer needs no end.
const maxPeriodDays = 3650

// end is when a period is over that begins now.
func (p period) end() time.Time {
	if p == 0 {
		return time.Time{}
	}
	return time.Now().UTC().Truncate(time.Second).Add(time.Duration(p))
}

// meterEvery is how often a meter is drawn.
const meterEvery = 100 * time.Millisecond

// meter counts bytes and shows their number on one line of a terminal. To anything
// else it writes nothing. It belongs to one goroutine.
type meter struct {
	w        io.Writer
	what     string
	total    int64 // 0 when it is unknown
	n        int64
	terminal bool
	drawn    time.Time
}

func newMeter(w io.Writer, what string) *meter {
	file, ok := w.(*os.File)
	return &meter{w: w, what: what, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// Write counts p.
func (m *meter) Write(p []byte) (int, error) {
	m.add(len(p))
	return len(p), nil
}

func (m *meter) add(n int) {
	m.n += int64(n)
	if now := time.Now(); m.terminal && now.Sub(m.drawn) >= meterEvery {
		m.drawn = now
		text := humanize.IBytes(uint64(m.n))
		if m.total > 0 {
			text = fmt.Sprintf("%d %%", 100*m.n/m.total)
		}
		fmt.Fprintf(m.w, "\rlatido: %s: %s\x1b[K", m.what, text)
	}
}

// clear removes the line from the terminal.
func (m *meter) clear() {
	if !m.drawn.IsZero() {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
}
