package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"latido/hub/hubtest"
)

// scenario is one fault, done a number of times.
type scenario struct {
	name  string // of the catalogue of fault tests; a variant has a "/" and its own name behind
	about string
	// quick and long are how often it runs in each set. One with 0 runs is not in
	// the set; who asks for it by name gets one run.
	quick, long int
	// needs answers why this machine cannot run it, wrapping errCannot; nil when
	// it can, or always can when the function is nil.
	needs func() error
	// run does it once. An error is a run that could not be carried to its end,
	// which counts as a breach.
	run func(ctx context.Context, s *stage) (outcome, error)
}

// errCannot is wrapped when this machine lacks what a scenario needs.
var errCannot = errors.New("this machine cannot")

// scenarios are all there are, in the order in which they run.
func scenarios() []scenario {
	return []scenario{
		{"F1", "kill -9 while eight posters publish", 1, 40, nil, killWhilePublishing},
		{"F1/100MB", "kill -9 with 100 MB stored", 0, 1, nil, killWith(100e6, time.Second)},
		{"F1/1GB", "kill -9 with 1 GB stored", 0, 1, nil, killWith(1e9, 5*time.Second)},
		{"F2", "power cut, --durability safe", 0, 20, canMount, powerCutSafe},
		{"F3", "power cut, --durability fast", 0, 20, canMount, powerCutFast},
		{"F5", "the disk is full", 1, 3, canMount, fullDisk},
		{"F6", "a folder that may only be read", 1, 1, canForbid, readOnlyFolder},
		{"F6/twice", "a second process on the folder", 1, 1, nil, secondProcess},
		{"F9/kill", "one of three NATS servers is killed, then another", 1, 10, nil, loseServer(killServer, (*servers).start)},
		{"F9/stop", "one of three NATS servers stands still, then another", 0, 10, nil, loseServer((*servers).freeze, (*servers).thaw)},
		{"F11", "1,000 resumes at another node", 1, 5, nil, hopping},
		{"F12", "the one NATS server is away", 1, 3, nil, serverAway},
		{"T2", "ids that cannot be gone on after", 1, 1, nil, oddIDs},
		{"S5", "10,000 readers, and the server killed", 0, 1, nil, stampede},
		{"A8", "one sender to a million channels", 0, 1, nil, flood},
	}
}

// outcome is what came of one run, or of several.
type outcome struct {
	Faults    int // how often the fault was done; Runs of the table
	Acked     int
	Refused   int
	Unknown   int
	Lost      int
	Missed    int
	Recovery  time.Duration // the longest
	Breaches  []string
	Remarks   []string
	Abandoned bool // interrupted before it was over
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
	o.Abandoned = o.Abandoned || other.Abandoned
}

// each bounds how many breaches of one rule are told: after a lost disk there is
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

// chosen answers the scenarios of a set, or those that are named: a name without
// a variant stands for all of them.
func chosen(all []scenario, only string, quick bool) ([]scenario, error) {
	var list []scenario
	if only == "" {
		for _, sc := range all {
			if sc.runs(quick) > 0 {
				list = append(list, sc)
			}
		}
		return list, nil
	}
	for name := range strings.SplitSeq(only, ",") {
		found := false
		for _, sc := range all {
			if sc.name == name || strings.HasPrefix(sc.name, name+"/") {
				found = true
				sc.quick, sc.long = max(sc.quick, 1), max(sc.long, 1)
				list = append(list, sc)
			}
		}
		if !found {
			return nil, errors.New("there is no test " + name)
		}
	}
	return list, nil
}

func (sc scenario) runs(quick bool) int {
	if quick {
		return sc.quick
	}
	return sc.long
}
