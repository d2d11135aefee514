package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"latido/hub/hubtest"
)

// scenario is one fault, done a number of times.
type scenario struct {
	name  string // of the catalogue of fault tests; a variant has a "/" and its own name behind
	about string
	// quick and long are how often it runs in each set. 0 keeps it out of the set.
	quick, long int
	// short reports that the quick set runs it with -short too.
	short bool
	// needs returns why this machine cannot run it, wrapping errCannot. It returns
	// nil when the machine can; a nil function is for any machine.
	needs func() error
	// run does it once. An error means that the run did not come to its end, which
	// counts as a breach.
	run func(ctx context.Context, s *stage) (outcome, error)
}

// errCannot is wrapped when this machine lacks what a scenario needs.
var errCannot = errors.New("this machine cannot")

// test runs the scenario as often as the set wants: a subtest for each run when
// there are several.
func (sc scenario) test(t *testing.T) {
	runs := sc.quick
	if long {
		runs = sc.long
	}
	switch {
	case runs == 0:
		t.Skip("only in the long set: make faults ONLY=" + sc.name)
	case !long && testing.Short() && !sc.short:
		t.Skip("not with -short: it starts several servers")
	}
	if sc.needs != nil {
		if err := sc.needs(); errors.Is(err, errCannot) {
			sc.leaveOut(t, err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if !long {
		t.Parallel()
	}
	if runs == 1 {
		sc.once(t, 0)
		return
	}
	for n := range runs {
		t.Run(strconv.Itoa(n+1), func(t *testing.T) { sc.once(t, n) })
	}
}

// leaveOut skips the scenario and says so in the table. In CI it fails instead: what
// did not run there has not passed.
func (sc scenario) leaveOut(t *testing.T, why error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	results.add(row{name: sc.name, leftOut: why.Error()})
	t.Skip("NOT RUN: ", why)
}

// once does the nth run, on a stage of its own.
func (sc scenario) once(t *testing.T, n int) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer context.AfterFunc(interrupted, cancel)()
	if interrupted.Err() != nil {
		t.Fatal("interrupted")
	}
	s := newStage(t, sc.name, n)
	s.programs()
	o, err := sc.run(ctx, s)
	switch {
	case interrupted.Err() != nil:
		o.Breaches = []string{"interrupted"} // what an interrupt broke is no fault
	case err != nil:
		o.Breaches = append(o.Breaches, err.Error())
	}
	for _, b := range o.Breaches {
		t.Error(b)
	}
	if len(o.Breaches) > 0 {
		t.Logf("run again with -seed %d", *seed)
	}
	t.Logf("%d faults, %d acknowledged, %d refused, %d unknown, longest recovery %v", o.Faults, o.Acked, o.Refused, o.Unknown, o.Recovery)
	results.add(row{name: sc.name, outcome: o})
}

// outcome is the result of one run, or of several.
type outcome struct {
	Faults   int // how often the fault was done; Runs of the table
	Acked    int
	Refused  int
	Unknown  int
	Lost     int
	Missed   int
	Recovery time.Duration // the longest
	Breaches []string
	Remarks  []string
}

// add sums another run up.
func (o *outcome) add(other outcome) {
	o.Faults += other.Faults
	o.Acked += other.Acked
	o.Refused += other.Refused
	o.Unknown += other.Unknown
	o.Lost += other.Lost
	o.Missed += other.Missed
	o.Recovery = max(o.Recovery, other.Recovery)
	o.Breaches = append(o.Breaches, other.Breaches...)
	for _, r := range other.Remarks {
		if !slices.Contains(o.Remarks, r) {
			o.Remarks = append(o.Remarks, r)
		}
	}
}

// each bounds how many breaches of one rule are reported: after a lost disk there is
// one for every event, and they would hide those of other rules.
const each = 3

// judged takes a verdict in.
func (o *outcome) judged(v hubtest.Verdict) {
	o.Acked, o.Refused, o.Unknown = v.Acked, v.Refused, v.Unknown
	o.Lost, o.Missed = v.Lost, v.Missed
	found := map[string]int{}
	for _, b := range v.Breaches {
		if found[b.Rule]++; found[b.Rule] <= each {
			o.Breaches = append(o.Breaches, b.Error())
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(found)) {
		if more := found[rule] - each; more > 0 {
			o.Breaches = append(o.Breaches, fmt.Sprintf("%s: and %d more", rule, more))
		}
	}
}
