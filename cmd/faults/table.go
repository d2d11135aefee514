package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// told bounds how many breaches of a test are printed.
const told = 20

// writeTable writes the table, and below it what was left out, what was remarked
// and what was broken.
func writeTable(w io.Writer, rows []row, seed uint64) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "test\truns\tacked\tlost\tsilent misses\tworst recovery\tpromises\t")
	broken := false
	for _, r := range rows {
		recovery := "–"
		if r.Recovery > 0 {
			recovery = r.Recovery.Round(time.Millisecond).String()
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t\n", r.name, r.Faults, r.Acked, r.Lost, r.Missed, recovery, r.result())
		broken = broken || !r.ok()
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	if _, err := io.WriteString(w, notes(rows)); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	if broken {
		if _, err := fmt.Fprintf(w, "Make the same choices again with -seed %d\n", seed); err != nil {
			return fmt.Errorf("write the table: %w", err)
		}
	}
	return nil
}

// notes are the sentences below the table.
func notes(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		if r.leftOut != "" {
			fmt.Fprintf(&b, "%s was left out: %s\n", r.name, r.leftOut)
		}
		for _, text := range r.Remarks {
			fmt.Fprintf(&b, "%s: %s\n", r.name, text)
		}
		for _, text := range r.Breaches[:min(told, len(r.Breaches))] {
			fmt.Fprintf(&b, "%s BROKEN: %s\n", r.name, text)
		}
		if more := len(r.Breaches) - told; more > 0 {
			fmt.Fprintf(&b, "%s BROKEN: and %d more\n", r.name, more)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

// jsonRow is a row for programs.
type jsonRow struct {
	Test       string   `json:"test"`
	About      string   `json:"about"`
	Runs       int      `json:"runs"`
	Acked      int      `json:"acked"`
	Refused    int      `json:"refused"`
	Unknown    int      `json:"unknown"`
	Lost       int      `json:"lost"`
	Missed     int      `json:"silent_misses"`
	RecoveryMS float64  `json:"worst_recovery_ms"`
	Promises   string   `json:"promises"`
	LeftOut    string   `json:"left_out,omitempty"`
	Remarks    []string `json:"remarks,omitempty"`
	Breaches   []string `json:"breaches,omitempty"`
}

// writeJSON writes the same for programs.
func writeJSON(w io.Writer, rows []row, seed uint64) error {
	answer := struct {
		Seed  uint64    `json:"seed"`
		Tests []jsonRow `json:"tests"`
	}{Seed: seed, Tests: []jsonRow{}}
	for _, r := range rows {
		answer.Tests = append(answer.Tests, jsonRow{
			r.name, r.about, r.Faults, r.Acked, r.Refused, r.Unknown, r.Lost, r.Missed,
			float64(r.Recovery.Microseconds()) / 1000, r.result(), r.leftOut, r.Remarks, r.Breaches[:min(told, len(r.Breaches))],
		})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(answer); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}
