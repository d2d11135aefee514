package faults

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// readOnlyFolder is the first half of F6: the program is started on a folder with
// events that may only be read, says so, and has harmed nothing.
func readOnlyFolder(ctx context.Context, s *stage) (o outcome, err error) {
	dir, forbid, err := s.forbiddable()
	if err != nil {
		return o, err
	}
	c, t, err := s.running(ctx, dir+"/data")
	if err != nil {
		return o, err
	}
	if err := t.settled(ctx, 200); err != nil {
		return o, err
	}
	if err := t.finish(ctx); err != nil {
		return o, err
	}
	if err := c.kill(); err != nil { // so that there is something to be repaired, too
		return o, err
	}
	if err := forbid(true); err != nil {
		return o, err
	}
	breaches, err := refusesToStart(ctx, c, dir)
	if err != nil {
		return o, err
	}
	if err := forbid(false); err != nil {
		return o, err
	}
	took, err := c.start(ctx)
	if err != nil {
		return o, fmt.Errorf("start on a folder that may be written again: %w", err)
	}
	o, err = t.judge(ctx, c)
	o.Recovery = took
	o.Breaches = append(breaches, o.Breaches...)
	return o, err
}

// secondProcess is the other half: a second program on the folder of one that
// runs says so and ends, and the first one notices nothing.
func secondProcess(ctx context.Context, s *stage) (o outcome, err error) {
	c, t, err := s.running(ctx, s.dir+"/data")
	if err != nil {
		return o, err
	}
	if err := t.settled(ctx, 100); err != nil {
		return o, err
	}
	other, err := s.child(c.dir)
	if err != nil {
		return o, err
	}
	begun := time.Now()
	breaches, err := refusesToStart(ctx, other, "in use")
	if err != nil {
		return o, err
	}
	if err := t.settled(ctx, 100); err != nil {
		return o, fmt.Errorf("beside a second program: %w", err)
	}
	if failed := t.failuresSince(begun); len(failed) > 0 {
		breaches = append(breaches, fmt.Sprintf("%d POSTs to the first program failed", len(failed)))
	}
	if n := t.without(func(s status) bool { return s.ended == 0 }); n > 0 {
		breaches = append(breaches, fmt.Sprintf("%d readers of the first program lost their streams", n))
	}
	o, err = t.finishAndJudge(ctx, c)
	o.Breaches = append(breaches, o.Breaches...)
	if err != nil {
		return o, err
	}
	return again(ctx, t, c, o)
}

// refusesToStart starts a program that must end with a status of its own after
// one sentence that has some words in it.
func refusesToStart(ctx context.Context, c *child, says string) (breaches []string, err error) {
	if err := c.launch(); err != nil {
		return nil, err
	}
	status, text, err := c.exit(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for a program that cannot start: %w", err)
	}
	if status <= 0 {
		breaches = append(breaches, fmt.Sprintf("a program that cannot start ended with status %d", status))
	}
	if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "latido: ") || !strings.Contains(text, says) {
		breaches = append(breaches, fmt.Sprintf("a program that cannot start said %q in place of one sentence about %q", text, says))
	}
	return breaches, nil
}

// canForbid returns the reason why no folder can be made read-only here, or nil when
// one can: for root it takes a mount.
func canForbid() error {
	if os.Geteuid() != 0 {
		return nil
	}
	return canMount()
}

// forbiddable makes a folder that can be made one that may only be read, and back.
func (s *stage) forbiddable() (dir string, forbid func(bool) error, err error) {
	if os.Geteuid() == 0 {
		dir, err = s.memoryDisk("disk", "256m")
		return dir, func(on bool) error { return forbidWrites(dir, on) }, err
	}
	if dir, err = s.folder("disk"); err != nil {
		return "", nil, err
	}
	forbid = func(on bool) error { return chmodAll(dir, on) }
	s.after(func() error { return forbid(false) }) // or it could not be removed
	return dir, forbid, nil
}

func chmodAll(dir string, readOnly bool) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if readOnly {
			mode = 0o400
		}
		if d.IsDir() {
			mode |= 0o100
		}
		return os.Chmod(path, mode)
	})
	if err != nil {
		return fmt.Errorf("change what may be done with a folder: %w", err)
	}
	return nil
}
