package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", 0, "seed of random choices; 0 picks one and prints it on failure")

// scratch is where the program under test lies.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "latido-faults-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	return m.Run()
}

// built is the one under test, built once.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "latido")
	args := []string{"build", "-o", path}
	if raced {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../latido")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// natsProgram is the nats-server of this module, built once, without the race
// detector: it is not under test.
var natsProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "nats-server")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the nats-server: %w\n%s", err, out)
	}
	return path, nil
})

// setting is how the tests run scenarios: with all the time a busy machine and
// the race detector may need.
func setting(t *testing.T) config {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("run again with -seed %d", s)
		}
	})
	return config{work: t.TempDir(), seed: s, quick: true, slack: 5 * time.Second}
}

// short is what a run under the race detector with -short does: one node.
var short = []string{"F1", "F5", "F6", "F6/twice", "T2"}

// TestQuickSet is the quick set of make faults.
func TestQuickSet(t *testing.T) {
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	nats, err := natsProgram()
	if err != nil {
		t.Fatal(err)
	}
	list, err := chosen(scenarios(), "", true)
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() { // see make check
		list = slices.DeleteFunc(list, func(sc scenario) bool { return !slices.Contains(short, sc.name) })
	}
	for _, sc := range list {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			if sc.needs != nil {
				if err := sc.needs(); errors.Is(err, errCannot) {
					t.Skip(err)
				} else if err != nil {
					t.Fatal(err)
				}
			}
			cfg := setting(t)
			cfg.binary, cfg.nats = path, nats
			o, err := runOnce(t.Context(), cfg, sc, 0)
			if err != nil {
				t.Error(err)
			}
			for _, b := range o.Breaches {
				t.Error(b)
			}
			t.Logf("%d faults, %d acknowledged, %d refused, %d unknown, longest recovery %v", o.Faults, o.Acked, o.Refused, o.Unknown, o.Recovery)
		})
	}
}
