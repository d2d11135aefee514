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
	"slices"
	"strings"
	"time"
)

// suite is a package whose tests are asked.
type suite struct {
	pkg     string
	needs   map[string]bool // the folders of the packages that its tests are built from
	timeout time.Duration
}

// slower is how many times as long as without a change tests must take to count as timed out.
const slower = 4

// suites returns the packages whose tests are asked, by name, with the time that each gets.
// It returns an error unless all tests pass without a change.
func suites(o options) (map[string]suite, error) {
	all := map[string]suite{}
	for _, pkg := range slices.Concat(o.packages, o.also) {
		if _, ok := all[pkg]; ok {
			continue
		}
		needs, err := foldersOf(pkg, o.tags)
		if err != nil {
			return nil, err
		}
		s := suite{pkg, needs, o.timeout}
		start := time.Now()
		result, by, err := s.test(o.tags, "", "-count=1")
		if err != nil {
			return nil, err
		}
		if result != survived {
			return nil, fmt.Errorf("the tests of %s do not pass without a change: %s%s", pkg, result, by)
		}
		// Building for a mutant takes time too, more than one that was built before.
		s.timeout = min(o.timeout, slower*time.Since(start)+time.Minute)
		if took := time.Since(start); s.timeout < slower*took {
			return nil, fmt.Errorf("the tests of %s take %.1fs without a change: -timeout must be %d times as long", pkg, took.Seconds(), slower)
		}
		all[pkg] = s
	}
	return all, nil
}

// foldersOf returns the folders of the module's packages that the tests of a package are built from.
func foldersOf(pkg, tags string) (map[string]bool, error) {
	cmd := exec.Command("go", "list", "-tags", tags, "-deps", "-test", "-f", "{{if .Module}}{{if .Module.Main}}{{.Dir}}{{end}}{{end}}", pkg)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list what the tests of %s need: %w", pkg, err)
	}
	folders := map[string]bool{}
	for dir := range strings.Lines(string(out)) {
		folders[strings.TrimSpace(dir)] = true
	}
	return folders, nil
}

// try tests the mutant of a site, in its own package and then in the others that are built from it.
func (s site) try(o options, with map[string]suite) (result outcome, by string, err error) {
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
	result = survived
	for i, pkg := range append([]string{s.pkg}, o.also...) {
		if i > 0 && (pkg == s.pkg || !with[pkg].needs[filepath.Dir(s.file)]) {
			continue
		}
		if result, by, err = with[pkg].test(o.tags, overlay); err != nil || result != survived {
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
func (s suite) test(tags, overlay string, more ...string) (result outcome, by string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	args := append([]string{"test", "-short", "-failfast", "-vet=off", "-tags", tags}, more...)
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, s.pkg)...)
	endWithChildren(cmd)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return survived, "", nil
	case ctx.Err() != nil:
		return timedOut, "", nil
	case !errors.As(err, &exit):
		return "", "", fmt.Errorf("run the tests of %s: %w", s.pkg, err)
	case unbuilt.Match(out):
		return notCompiled, "", nil
	}
	if m := failed.FindSubmatch(out); m != nil {
		return killedByTest, fmt.Sprintf(" (%s %s)", s.pkg, m[1]), nil
	}
	if m := panicked.FindSubmatch(out); m != nil {
		return killedByTest, fmt.Sprintf(" (%s: %.80s)", s.pkg, m[1]), nil
	}
	return killedByTest, fmt.Sprintf(" (%s: %.80s)", s.pkg, strings.TrimSpace(string(out))), nil
}
