// Command mutate measures what tests notice: it changes one thing at a time in the code of
// packages and runs their tests. A change that no test notices has survived.
//
//	go run ./.ci/mutate -n 100 -seed 7 -also ./handlers ./handlers/access ./handlers/limits
//
// The changes are made in an overlay (go help build, -overlay), so files stay as they are.
// Tests run with -short -failfast -vet=off, those of the package first, then those of -also that
// are built from the package. Log lines and capacities are left as they are.
// Each mutant is a line: what became of it, where it is, what was changed and which test failed.
// The exit status is 0 when at least the ratio -min of the mutants was killed. A mutant that
// does not compile does not count, and another one is made in its place; one whose tests take
// longer than -timeout, or four times as long as without a change and a minute for building,
// counts as killed. -timeout must be at least four times what the tests take without a change.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

type options struct {
	n        int
	seed     uint64
	min      float64
	timeout  time.Duration
	also     []string
	tags     string
	packages []string
}

func main() {
	var o options
	var also string
	flag.IntVar(&o.n, "n", 100, "mutants")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "seed; the same one makes the same mutants of the same code")
	flag.Float64Var(&o.min, "min", 0.9, "ratio of mutants that must be killed, from 0 to 1")
	flag.DurationVar(&o.timeout, "timeout", 10*time.Minute, "longest time that the tests of one package may take for one mutant, with building them")
	flag.StringVar(&also, "also", "", "packages whose tests run too when a package's own do not notice, with commas between them")
	flag.StringVar(&o.tags, "tags", "", "build tags of the tests")
	flag.Parse()
	o.packages = flag.Args()
	o.also = strings.FieldsFunc(also, func(r rune) bool { return r == ',' })
	if len(o.packages) == 0 || o.n < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

var errSurvived = errors.New("too many mutants survived")

// run makes the mutants, tests them one after the other, and writes what became of them.
func run(o options, out io.Writer) error {
	var sites []site
	for _, pkg := range o.packages {
		found, err := sitesOf(pkg, o.tags)
		if err != nil {
			return err
		}
		sites = append(sites, found...)
	}
	if len(sites) == 0 {
		return fmt.Errorf("nothing can be changed in %s", strings.Join(o.packages, ", "))
	}
	with, err := suites(o)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	random.Shuffle(len(sites), func(i, j int) { sites[i], sites[j] = sites[j], sites[i] })
	fmt.Fprintf(out, "seed %d, %d places to change\n", o.seed, len(sites))
	count := map[outcome]int{}
	for _, s := range sites {
		if counted(count) == o.n {
			break
		}
		result, by, err := s.try(o, with)
		if err != nil {
			return err
		}
		count[result]++
		fmt.Fprintf(out, "%-12s %s: %s%s\n", result, s.pos, s.change, by)
	}
	return report(o, count, out)
}

// report writes the total, and returns errSurvived when it is below the ratio asked for.
func report(o options, count map[outcome]int, out io.Writer) error {
	n := counted(count)
	killed := float64(n-count[survived]) / float64(max(n, 1))
	fmt.Fprintf(out, "%d mutants: %d killed, %d timed out, %d survived: %.0f %%; %d more did not compile\n",
		n, count[killedByTest], count[timedOut], count[survived], 100*killed, count[notCompiled])
	if killed < o.min {
		return fmt.Errorf("%w: %.0f %% were killed, %.0f %% are asked for", errSurvived, 100*killed, 100*o.min)
	}
	return nil
}

// outcome is what became of a mutant.
type outcome string

const (
	killedByTest outcome = "killed"
	timedOut     outcome = "timed out"
	survived     outcome = "SURVIVED"
	notCompiled  outcome = "not compiled"
)

// counted is the number of mutants that compiled.
func counted(count map[outcome]int) int {
	return count[killedByTest] + count[timedOut] + count[survived]
}
