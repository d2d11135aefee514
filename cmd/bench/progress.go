package main

import (
	"fmt"
	"io"
	"time"
)

// progress shows on one line how far a run is. It belongs to one goroutine. A nil
// one shows nothing.
type progress struct {
	// W takes the lines. Its errors are ignored: progress is not essential.
	W io.Writer
	// Terminal lets the line be written over itself, several times a second;
	// otherwise there is a new line every five seconds.
	Terminal bool

	last  time.Time
	shown bool
}

const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 5 * time.Second
)

// show writes the result of text if a new line is due.
func (p *progress) show(now time.Time, text func() string) {
	if p == nil {
		return
	}
	every := lineEvery
	if p.Terminal {
		every = redrawEvery
	}
	// The first line of a log waits too: short runs need none.
	if p.last.IsZero() {
		p.last = now
	}
	if now.Sub(p.last) < every {
		return
	}
	p.last = now
	if p.Terminal {
		fmt.Fprintf(p.W, "\r%s\x1b[K", text())
		p.shown = true
		return
	}
	fmt.Fprintln(p.W, text())
}

// clear removes the line from the terminal before the results.
func (p *progress) clear() {
	if p == nil || !p.shown {
		return
	}
	fmt.Fprint(p.W, "\r\x1b[K")
	p.shown, p.last = false, time.Time{}
}
