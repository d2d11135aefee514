package main

import (
	"fmt"
	"io"
	"time"
)

// progress says on one line how far a run is. It belongs to one goroutine; a nil
// one says nothing.
type progress struct {
	// W takes the lines. What it answers is ignored: progress is a courtesy.
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

// show writes what text answers if it is time for it.
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

// clear takes the line off the terminal, so that results stand alone.
func (p *progress) clear() {
	if p == nil || !p.shown {
		return
	}
	fmt.Fprint(p.W, "\r\x1b[K")
	p.shown, p.last = false, time.Time{}
}
