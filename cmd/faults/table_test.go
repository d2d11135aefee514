package faults

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// maxPrinted bounds how many breaches of a test are printed.
const maxPrinted = 20

// row is the results of all runs of a scenario: a line of the table.
type row struct {
	outcome
	name    string
	leftOut string // why it was not run; "" when it was
}

// ok reports whether the row breaks no promise.
func (r row) ok() bool { return len(r.Breaches) == 0 }

// result is the last column of the table.
func (r row) result() string {
	switch {
	case r.leftOut != "":
		return "NOT RUN"
	case !r.ok():
		return "BROKEN"
	}
	return "kept"
}

// results are the rows of all tests.
var results table

// table collects rows, in the order in which their first runs ended.
type table struct {
	mu   sync.Mutex
	rows []row
}

// add adds the outcome of a run to the row of its name.
func (t *table) add(r row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.rows {
		if t.rows[i].name == r.name {
			t.rows[i].outcome.add(r.outcome)
			return
		}
	}
	t.rows = append(t.rows, r)
}

func (t *table) all() []row {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows
}

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
			fmt.Fprintf(&b, "%s NOT RUN: %s\n", r.name, r.leftOut)
		}
		for _, text := range r.Remarks {
			fmt.Fprintf(&b, "%s: %s\n", r.name, text)
		}
		for _, text := range r.Breaches[:min(maxPrinted, len(r.Breaches))] {
			fmt.Fprintf(&b, "%s BROKEN: %s\n", r.name, text)
		}
		if more := len(r.Breaches) - maxPrinted; more > 0 {
			fmt.Fprintf(&b, "%s BROKEN: and %d more\n", r.name, more)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}
