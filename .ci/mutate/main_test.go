package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const sample = "./testdata/sample"

// TestMutate: every change of the sample is made once. What is tested is killed, what is
// not survives, and the files stay as they are.
func TestMutate(t *testing.T) {
	before, err := os.ReadFile(sample + "/sample.go")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	o := options{n: 100, seed: 1, min: 0.5, timeout: time.Minute, packages: []string{sample}}
	if err := run(o, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{
		"killed       ./testdata/sample/sample.go:14: the condition is negated (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:14: the body of the if is empty (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:14: < is <= (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:14: 0 is 1 (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:15: the error returned is nil (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:15: 0 is 1 (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:17: 10 is 9 (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:17: 10 is 11 (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:14: 0 is -1 (./testdata/sample TestClamp)",
		"killed       ./testdata/sample/sample.go:15: 0 is -1 (./testdata/sample TestClamp)",
		"SURVIVED     ./testdata/sample/sample.go:21: && is ||",
		"SURVIVED     ./testdata/sample/sample.go:21: ! is gone",
		"seed 1, 12 places to change",
		"12 mutants: 10 killed, 0 timed out, 2 survived: 83 %; 0 more did not compile",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if after, err := os.ReadFile(sample + "/sample.go"); err != nil || string(after) != string(before) {
		t.Errorf("the sample was changed: %v\n%s", err, after)
	}
}

// TestRatio: too many survivors are an error, and so are tests that fail without a change.
func TestRatio(t *testing.T) {
	var out strings.Builder
	o := options{n: 100, seed: 1, min: 0.9, timeout: time.Minute, packages: []string{sample}}
	if err := run(o, &out); !errors.Is(err, errSurvived) {
		t.Errorf("%v\n%s", err, out.String())
	}
	o.timeout = time.Nanosecond
	if err := run(o, &out); err == nil || errors.Is(err, errSurvived) {
		t.Errorf("tests that do not pass without a change: %v", err)
	}
}
