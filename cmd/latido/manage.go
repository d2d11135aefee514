package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"latido/handlers/access"
	"latido/hub/journal/engine"
)

// manageConfig is where people, keys and links are kept, which is where the events
// are.
type manageConfig struct {
	Data       string `default:"${data}" placeholder:"DIR" help:"Folder that keeps the events (${default}). A server may run on it."`
	natsConfig `embed:""`
}

// terminal is what a command that manages access talks with.
type terminal struct {
	ctx    context.Context
	in     *os.File
	out    io.Writer // what a script would take
	errout io.Writer // what people read
}

// manageWait bounds the wait for what is stored.
const manageWait = 20 * time.Second

// directory is the people, keys and links: an access.Directory, or those of a running
// server. The methods and their errors are those of access.Directory.
type directory interface {
	People() []access.PersonInfo
	AddPerson(ctx context.Context, name, password string, role access.Role, user int64) (access.PersonInfo, error)
	SetPassword(ctx context.Context, name, password string) error
	SetRole(ctx context.Context, name string, role access.Role) error
	RemovePerson(ctx context.Context, name string) error
	Keys() []access.KeyInfo
	AddKey(ctx context.Context, k access.APIKey) (text string, _ access.APIKey, err error)
	RemoveKey(ctx context.Context, id string) error
	Links() []access.ShareLink
	AddLink(ctx context.Context, l access.ShareLink) (secret string, _ access.ShareLink, err error)
	RemoveLink(ctx context.Context, id string) error
}

// manage changes or reads people, keys and links: through the server that runs on the
// folder, on a folder that is not in use, or in the cluster. The lock of the folder
// decides, so a socket that was left behind is not used.
func (c manageConfig) manage(t *terminal, do func(ctx context.Context, d directory) error) (err error) {
	if c.Data == "" && !c.shared() {
		return fmt.Errorf("%w: --data needs a folder", errUsage)
	}
	var all complaints
	if c.natsConfig.check(&all); len(all) > 0 {
		return errors.Join(all...)
	}
	log := slog.New(slog.NewTextHandler(t.errout, &slog.HandlerOptions{Level: slog.LevelWarn}))
	records, release, err := openRecords(t.ctx, engine.Config{Dir: journalDir(c.Data), Cluster: c.cluster(), Logger: log})
	if errors.Is(err, engine.ErrLocked) {
		server, err := openRemote(t.ctx, c.Data)
		if err != nil {
			return fmt.Errorf("%s is in use: %w", c.Data, err)
		}
		return asUsage(do(t.ctx, server))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	d := access.New(records, access.Options{Mode: access.Closed, Logger: log})
	ctx, stop := context.WithCancel(t.ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case <-d.Ready():
	case <-time.After(manageWait):
		return errors.New("what is stored cannot be read, see above")
	case <-ctx.Done():
		return errors.New("interrupted")
	}
	return asUsage(do(ctx, d))
}

// asUsage makes an input that was refused a wrong usage.
func asUsage(err error) error {
	if errors.Is(err, access.ErrInput) {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return err
}

// password asks for a new password: twice at a terminal, without showing it, and
// otherwise it is the first line of the input. It is no flag: other people on the
// machine could read it.
func (t *terminal) password() (string, error) {
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
	first, err := t.hidden("New password: ")
	if err != nil {
		return "", err
	}
	if err := access.CheckPassword(first); err != nil {
		return "", fmt.Errorf("%w: %w", errUsage, err)
	}
	again, err := t.hidden("The same again: ")
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
func (t *terminal) hidden(prompt string) (string, error) {
	fd := int(t.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	fmt.Fprint(t.errout, prompt)
	type read struct {
		text []byte
		err  error
	}
	done := make(chan read, 1)
	go func() { // it ends with the process: a read of a terminal cannot be interrupted
		text, err := term.ReadPassword(fd)
		done <- read{text, err}
	}()
	var got read
	select {
	case got = <-done:
	case <-t.ctx.Done():
		got.err = errors.Join(errors.New("interrupted"), term.Restore(fd, before))
	}
	fmt.Fprintln(t.errout)
	if got.err != nil {
		return "", fmt.Errorf("read the password: %w", got.err)
	}
	return string(got.text), nil
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
		d = time.Duration(n) * 24 * time.Hour
		if n > maxPeriodDays {
			err = errors.New("too long")
		}
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
