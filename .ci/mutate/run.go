package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// green returns an error unless all tests pass without a change.
func green(o options) error {
	for _, pkg := range append(append([]string{}, o.packages...), o.also...) {
		result, by, err := test(o, pkg, "")
		if err != nil {
			return err
		}
		if result != survived {
			return fmt.Errorf("the tests of %s do not pass without a change: %s%s", pkg, result, by)
		}
	}
	return nil
}

// try tests the mutant of a site, in its own package and then in the others.
func (s site) try(o options) (result outcome, by string, err error) {
	text, err := s.mutant()
	if err != nil {
		return "", "", err
	}
	dir, err := os.MkdirTemp("", "latido-mutate-")
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {s.file: file}})
	if err != nil {
		return "", "", err
	}
	if err := errors.Join(os.WriteFile(file, text, 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		return "", "", err
	}
	for _, pkg := range append([]string{s.pkg}, o.also...) {
		if result, by, err = test(o, pkg, overlay); err != nil || result != survived {
			break
		}
	}
	return result, by, err
}

var (
	failed   = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	panicked = regexp.MustCompile(`(?m)^(?:panic|fatal error): (.*)`)
	unbuilt  = regexp.MustCompile(`(?m)^FAIL\s.*\[(build|setup) failed\]`)
)

// test runs the tests of a package, and returns which failed.
func test(o options, pkg, overlay string) (result outcome, by string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	args := []string{"test", "-short", "-failfast", "-vet=off", "-tags", o.tags}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	endWithChildren(cmd)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survived, "", nil
	case ctx.Err() != nil:
		return timedOut, "", nil
	case !errors.As(err, &exit):
		return "", "", fmt.Errorf("run the tests of %s: %w", pkg, err)
	case unbuilt.Match(out):
		return notCompiled, "", nil
	}
	if m := failed.FindSubmatch(out); m != nil {
		return killedByTest, fmt.Sprintf(" (%s %s)", pkg, m[1]), nil
	}
	if m := panicked.FindSubmatch(out); m != nil {
		return killedByTest, fmt.Sprintf(" (%s: %.80s)", pkg, m[1]), nil
	}
	return killedByTest, fmt.Sprintf(" (%s: %.80s)", pkg, strings.TrimSpace(string(out))), nil
}
