package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// readmeTests are the commands of the README that run tests by name.
	readmeTests = regexp.MustCompile("go test (?:-race )?-run '?([A-Z][^' `]*)'? ((?:\\./[^ `]+ ?)+)")
	testFunc    = regexp.MustCompile(`(?m)^func ((?:Test|Example)\w*)`)
)

// TestReadmeNamesTests: a test that the README names for a promise exists. go test
// passes when there is none of a name.
func TestReadmeNamesTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := readmeTests.FindAllStringSubmatch(string(text), -1)
	if len(commands) < 20 {
		t.Errorf("the README has %d commands that run tests by name", len(commands))
	}
	for _, c := range commands {
		tests := testsIn(t, strings.Fields(c[2]))
		for _, name := range strings.Split(c[1], `\|`) {
			if !slices.ContainsFunc(tests, func(test string) bool { return strings.Contains(test, name) }) {
				t.Errorf("%s: no test has %s in its name", c[0], name)
			}
		}
	}
}

// testsIn returns the tests of packages, which are named as for go test.
func testsIn(t *testing.T, packages []string) (tests []string) {
	t.Helper()
	for _, name := range packages {
		dir, below := strings.CutSuffix(filepath.Join(root, name), "/...")
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && path != dir && !below {
				return fs.SkipDir
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			for _, m := range testFunc.FindAllSubmatch(text, -1) {
				tests = append(tests, string(m[1]))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return tests
}
