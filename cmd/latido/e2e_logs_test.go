package main_test

import (
	"testing"
)

// logRow is the expression of a row of the log card.
func logRow(message string) string {
	return `[...document.querySelectorAll("#log-list > li")].find(e => e.querySelector(".msg").textContent === ` + quote(message) + `)`
}

// logShown is the expression of whether a row can be seen.
func logShown(message string) string { return logRow(message) + "?.checkVisibility()" }

// tick clicks on a level's filter and waits until the server remembers it.
func (p *tab) tick(level string) {
	p.Helper()
	p.responded("/ui/prefs", click("label:has(> #f-"+level+")"))
}

func TestLogFilterHidesAndIsRemembered(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	p.same()
	s.client.log("INFO", "info, antes")
	s.client.log("ERROR", "error, antes")
	p.wait("both rows", logShown("info, antes")+" && "+logShown("error, antes"))

	p.tick("info")
	p.wait("only the error", "!"+logShown("info, antes")+" && "+logShown("error, antes"))
	s.client.log("INFO", "info, después")
	s.client.log("ERROR", "error, después")
	p.wait("the later error without the later info",
		logShown("error, después")+" && "+logRow("info, después")+" && !"+logShown("info, después"))
	p.unchanged()

	p.reload()
	p.wait("the filter remembered", logShown("error, después")+" && "+logRow("info, después")+" && !"+logShown("info, después")+" && !"+one("#f-info")+".checked")
	p.tick("info")
	p.wait("the info again", logShown("info, antes")+" && "+logShown("info, después"))
	p.reload()
	p.wait("the filter's end remembered", logShown("info, después"))
}

func TestLogFiltersAllOff(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	s.client.log("DEBUG", "detalle")
	p.wait("a row", logShown("detalle"))
	for _, level := range []string{"error", "warning", "info", "debug"} {
		p.tick(level)
	}
	p.wait("no row, and a word about it", "!"+logShown("detalle")+" && "+shown("#card-logs .log-filtered"))
	p.reload()
	p.wait("the same after a reload", logRow("detalle")+" && !"+logShown("detalle")+" && "+shown("#card-logs .log-filtered"))
}

func TestClearedLogsStayCleared(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.client.log("INFO", "vieja")
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	p.same()
	p.wait("a row", logShown("vieja"))
	p.click(`#card-logs form[data-form=clear] button`)
	p.wait("an empty list, and a word about it", count("#log-list > li")+" === 0 && "+shown("#card-logs .empty:not(.log-filtered)"))
	p.unchanged()
	p.reload()
	if n := eval[int](p, count("#log-list > li")); n != 0 {
		t.Errorf("after a reload the cleared log has %d rows", n)
	}
	s.client.waitStreams(1)
	s.client.log("INFO", "nueva")
	p.wait("a new row", logShown("nueva"))
	p.reload()
	p.wait("the new row alone", logShown("nueva")+" && "+count("#log-list > li")+" === 1")
}

func TestLogCardKeepsTheNewest50(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	s.client.waitStreams(1)
	for range 60 {
		s.client.log("INFO", "una más")
	}
	s.client.log("INFO", "la última")
	p.wait("the last row on top", logRow("la última")+" === "+one("#log-list > li"))
	if n := eval[int](p, count("#log-list > li:not(.left-out)")); n != 50 {
		t.Errorf("the card has %d rows, want the newest 50", n)
	}
}

func TestOwnLogRecordsAreShown(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	p := visit(t, s, "/")
	p.wait("the server's own record", `[...document.querySelectorAll("#log-list > li")].some(e =>
		e.querySelector(".svc").textContent === "latido" && e.querySelector(".msg").textContent.startsWith("listening"))`)
}
