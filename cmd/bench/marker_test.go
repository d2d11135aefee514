package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// whole is a body with markers and with what looks like them.
func whole() (text string, want []int64) {
	mark := func(n int64) string {
		b := make([]byte, markerLen)
		stamp(b, time.Unix(0, n))
		want = append(want, n)
		return string(b)
	}
	parts := []string{"id: 1\ndata: {\"t\":\"", mark(1700000000000000001), "\"}\n\n",
		"mail@example.org @@ @@12@@ @@@", mark(1700000000000000002), mark(1700000000000000003),
		"@@170000000000000000x@@", mark(1700000000000000004), "@"}
	return strings.Join(parts, ""), want
}

// feed gives a stream its bytes in pieces as poll does, and returns the markers.
func feed(chunked bool, pieces ...string) (found []int64) {
	var tail string
	var c chunks
	for _, p := range pieces {
		b := []byte(p)
		if chunked {
			b = c.decode(b)
		}
		b = append([]byte(tail), b...)
		rest := scan(b, func(n int64) { found = append(found, n) })
		if rest >= markerLen {
			panic("more is kept than a marker")
		}
		tail = string(b[len(b)-rest:])
	}
	return found
}

func TestMarkersSplitAnywhere(t *testing.T) {
	t.Parallel()
	text, want := whole()
	for i := range text {
		if got := feed(false, text[:i], text[i:]); !slices.Equal(got, want) {
			t.Errorf("split at %d: found %v, want %v", i, got, want)
		}
	}
	if got := feed(false, strings.Split(text, "")...); !slices.Equal(got, want) {
		t.Errorf("byte by byte: found %v, want %v", got, want)
	}
}

func TestMarkersInChunks(t *testing.T) {
	t.Parallel()
	text, want := whole()
	for size := 1; size < 40; size++ {
		var b strings.Builder
		for piece := range slices.Chunk([]byte(text), size) {
			fmt.Fprintf(&b, "%X;note=1\r\n%s\r\n", len(piece), piece)
		}
		coded := b.String() + "0\r\n\r\n"
		for i := range coded {
			if got := feed(true, coded[:i], coded[i:]); !slices.Equal(got, want) {
				t.Fatalf("chunks of %d, split at %d: found %v, want %v", size, i, got, want)
			}
		}
		if got := feed(true, strings.Split(coded, "")...); !slices.Equal(got, want) {
			t.Errorf("chunks of %d, byte by byte: found %v, want %v", size, got, want)
		}
	}
	var c chunks
	if got := string(c.decode([]byte("3\r\nabc\r\n0\r\n\r\nx"))); got != "abc" || c.state != atEnd {
		t.Errorf("decoded %q, state %d, want abc and the end", got, c.state)
	}
}

func TestBodyCarriesTheMoment(t *testing.T) {
	t.Parallel()
	b := newBody(3)
	text := make([]byte, 100)
	n, err := b.stamped(time.Unix(1700000000, 5)).Read(text)
	if want := `{"t":"@@1700000000000000005@@","pad":"xxx"}`; err != nil || string(text[:n]) != want {
		t.Errorf("the body is %s (%v), want %s", text[:n], err, want)
	}
}
