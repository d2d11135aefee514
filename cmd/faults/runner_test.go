package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

func TestRunnerSumsUp(t *testing.T) {
	all := []scenario{
		{"A", "is kept", 2, 9, nil, func(_ context.Context, s *stage) (outcome, error) {
			return outcome{Faults: 5, Acked: 10, Recovery: time.Duration(1+s.rnd.IntN(1000)) * time.Millisecond}, nil
		}},
		{"B", "is broken", 2, 9, nil, func(context.Context, *stage) (outcome, error) {
			o := outcome{Faults: 1}
			o.judged(hubtest.Verdict{Lost: 4, Missed: 1, Breaches: []hubtest.Breach{{Rule: "I1", Text: "w"}, {Rule: "I1", Text: "x"}, {Rule: "I1", Text: "y"}, {Rule: "I1", Text: "z"}, {Rule: "I4", Text: "m"}}})
			return o, nil
		}},
		{"C", "fails", 1, 9, nil, func(context.Context, *stage) (outcome, error) { return outcome{}, errors.New("cannot be done") }},
		{"D", "is left out", 1, 9, func() error { return fmt.Errorf("%w do it: no wings", errCannot) }, nil},
		{"E", "is long", 0, 1, nil, nil},
	}
	list, err := chosen(all, "", true)
	if err != nil || len(list) != 4 {
		t.Fatalf("%d scenarios and %v, want the four of the quick set", len(list), err)
	}
	cfg := config{work: t.TempDir(), seed: 7, quick: true}
	var said, table, machine bytes.Buffer
	rows := runAll(t.Context(), cfg, list, &progress{w: &said, begun: time.Now()})
	if err := errors.Join(writeTable(&table, rows, 7), writeJSON(&machine, rows, 7)); err != nil {
		t.Fatal(err)
	}
	again := runAll(t.Context(), cfg, list, &progress{w: io.Discard, begun: time.Now()})
	if rows[0].Recovery != again[0].Recovery {
		t.Errorf("the same seed chose %v and %v", rows[0].Recovery, again[0].Recovery)
	}
	for _, want := range []string{
		"A    10     20     0 ", "B     2      0     8              2 ", "kept", "BROKEN", "left out",
		"\nB BROKEN: run 1: I1: w", "\nB BROKEN: run 2: I1: and 1 more", "\nB BROKEN: run 2: I4: m", "\nC BROKEN: run 1: cannot be done",
		"\nD was left out: this machine cannot do it: no wings", "-seed 7",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	var v struct {
		Seed  uint64
		Tests []struct{ Test, Promises string }
	}
	if err := json.Unmarshal(machine.Bytes(), &v); err != nil || v.Seed != 7 || len(v.Tests) != 4 || v.Tests[3].Promises != "left out" {
		t.Errorf("%+v, %v", v, err)
	}
	if !strings.Contains(said.String(), "A  is kept") || !strings.Contains(said.String(), "B  0 acked, 8 lost, 2 missed, 10 breaches  BROKEN") {
		t.Errorf("the progress was %q", said.String())
	}
	if left, err := os.ReadDir(cfg.work); err != nil || len(left) > 0 {
		t.Errorf("%d folders are left over, %v", len(left), err)
	}
}

// An interrupt is no fault of the program, and not a pass either.
func TestRunnerIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	list := []scenario{
		{"A", "", 3, 3, nil, func(context.Context, *stage) (outcome, error) {
			cancel()
			return outcome{Breaches: []string{"x"}}, errors.New("y")
		}},
		{"B", "", 1, 1, nil, nil},
	}
	rows := runAll(ctx, config{work: t.TempDir()}, list, &progress{w: io.Discard, begun: time.Now()})
	if len(rows) != 1 || rows[0].ok() || len(rows[0].Breaches) > 0 || rows[0].result() != "interrupted" {
		t.Errorf("%+v, want one row that was interrupted", rows)
	}
}

func TestChosen(t *testing.T) {
	for only, want := range map[string]string{
		"F1":        "F1 F1/100MB F1/1GB",
		"F1/100MB":  "F1/100MB",
		"F6,F2":     "F6 F6/twice F2",
		"F1,F99":    "there is no test F99",
		"F1,nought": "there is no test nought",
	} {
		list, err := chosen(scenarios(), only, true)
		var names []string
		for _, sc := range list {
			names = append(names, sc.name)
			if sc.runs(true) < 1 {
				t.Errorf("%s was named and has no run", sc.name)
			}
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("-only %s chose %q, want %q", only, got, want)
		}
	}
}

func TestBadCalls(t *testing.T) {
	for _, args := range [][]string{{"-only", "F99"}, {"-colour"}, {"more"}, {"-binary", "/no/such/program"}} {
		var out, complaint bytes.Buffer
		if status := faults(t.Context(), args, &out, &complaint); status != 2 || out.Len() > 0 || complaint.Len() == 0 {
			t.Errorf("%v: status %d, %q, %q", args, status, out.String(), complaint.String())
		}
	}
}

// TestResets: F3 notices a reader that was not told of the new epoch first, and a
// run in which nobody was.
func TestResets(t *testing.T) {
	old, now := hub.ID{Epoch: "a", Seq: 5}, hub.ID{Epoch: "b", Seq: 3}
	told := func(reason hub.Reason) hubtest.Item {
		return hubtest.Item{ID: now, Gap: &hub.Gap{From: old, To: now, Reason: reason}}
	}
	came := func(after hub.ID, items ...hubtest.Item) []hubtest.Reader {
		return []hubtest.Reader{{Name: "r", Connections: []hubtest.Connection{{After: after, Items: items}}}}
	}
	for name, c := range map[string]struct {
		readers []hubtest.Reader
		want    string
	}{
		"told":               {came(old, told(hub.ReasonReset), hubtest.Item{ID: now, Hash: "x"}), ""},
		"told another thing": {came(old, told(hub.ReasonTooOld)), "not a gap with the reason reset"},
		"told nothing":       {came(old, hubtest.Item{ID: now, Hash: "x"}), "not a gap with the reason reset"},
		"still the old one":  {came(old, hubtest.Item{ID: old, Hash: "x"}), "shows nothing"},
		"nobody came back":   {came(hub.ID{}, hubtest.Item{ID: now, Hash: "x"}), "shows nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			got := resets(c.readers, "b")
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.ContainsFunc(got, func(b string) bool { return strings.Contains(b, c.want) }) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
