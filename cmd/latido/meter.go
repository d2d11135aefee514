package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"
)

// meterEvery is how often a meter is drawn.
const meterEvery = 100 * time.Millisecond

// meter counts bytes and shows their number on one line of a terminal. To anything
// else it writes nothing. It belongs to one goroutine.
type meter struct {
	w        io.Writer
	what     string
	total    int64 // 0 when it is unknown
	n        int64
	terminal bool
	drawn    time.Time
}

func newMeter(w io.Writer, what string) *meter {
	file, ok := w.(*os.File)
	return &meter{w: w, what: what, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// Write counts p.
func (m *meter) Write(p []byte) (int, error) {
	m.add(len(p))
	return len(p), nil
}

func (m *meter) add(n int) {
	m.n += int64(n)
	if now := time.Now(); m.terminal && now.Sub(m.drawn) >= meterEvery {
		m.drawn = now
		text := humanize.IBytes(uint64(m.n))
		if m.total > 0 {
			text = fmt.Sprintf("%d %%", 100*m.n/m.total)
		}
		fmt.Fprintf(m.w, "\rlatido: %s: %s\x1b[K", m.what, text)
	}
}

// clear removes the line from the terminal.
func (m *meter) clear() {
	if !m.drawn.IsZero() {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
}
