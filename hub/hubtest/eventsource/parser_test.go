package eventsource_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	gosse "github.com/tmaxmax/go-sse"

	"latido/hub/hubtest/eventsource"
)

// blocks parses a whole stream. A block that is broken off is not one.
func blocks(r io.Reader) (all []eventsource.Block, err error) {
	p := eventsource.NewParser(r, "")
	for {
		b, err := p.Block()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, b)
	}
}

func TestBlock(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []eventsource.Block
	}{
		"an event": {"id: 7\nevent: e\ndata: a\ndata: b\n\n",
			[]eventsource.Block{{ID: "7", HasID: true, Event: "e", Data: "a\nb", HasData: true}}},
		"an id stays in force": {"id: 7\n\ndata: a\n\n",
			[]eventsource.Block{{ID: "7", HasID: true}, {ID: "7", Data: "a", HasData: true}}},
		"an empty id":          {"id\ndata: a\n\n", []eventsource.Block{{HasID: true, Data: "a", HasData: true}}},
		"one space goes":       {"data:  a \n\n", []eventsource.Block{{Data: " a ", HasData: true}}},
		"no space":             {"data:a:b\n\n", []eventsource.Block{{Data: "a:b", HasData: true}}},
		"empty data is data":   {"data\n\n", []eventsource.Block{{HasData: true}}},
		"the last line break":  {"data: a\ndata:\n\n", []eventsource.Block{{Data: "a\n", HasData: true}}},
		"line ends":            {"data: a\r\rdata: b\r\n\r\ndata: c\n\r", []eventsource.Block{{Data: "a", HasData: true}, {Data: "b", HasData: true}, {Data: "c", HasData: true}}},
		"CRLF in a block":      {"id: 1\r\ndata: a\r\ndata: b\r\n\r\n", []eventsource.Block{{ID: "1", HasID: true, Data: "a\nb", HasData: true}}},
		"empty lines":          {"\n\r\n\r: a\n\n\n\n", []eventsource.Block{{Comments: []string{" a"}}}},
		"a byte order mark":    {"\uFEFFdata: a\n\n\uFEFFdata: b\n\n", []eventsource.Block{{Data: "a", HasData: true}, {Ignored: []string{"\uFEFFdata: b"}}}},
		"comments":             {":\n:a\n\n", []eventsource.Block{{Comments: []string{"", "a"}}}},
		"a delay":              {"retry: 1500\n\n", []eventsource.Block{{Retry: 1500 * time.Millisecond, HasRetry: true}}},
		"no delay":             {"retry: 0\n\n", []eventsource.Block{{HasRetry: true}}},
		"a huge delay":         {"retry: 99999999999999999999\n\n", []eventsource.Block{{Retry: 1<<63 - 1, HasRetry: true}}},
		"a delay of 293 years": {"retry: 9223372036855\n\n", []eventsource.Block{{Retry: 1<<63 - 1, HasRetry: true}}},
		"ignored": {"retry: +1\nretry:\nretry: 1e3\nid: a\x00\nnought: 1\nDATA: a\n\n",
			[]eventsource.Block{{Ignored: []string{"retry: +1", "retry:", "retry: 1e3", "id: a\x00", "nought: 1", "DATA: a"}}}},
		"not UTF-8": {"data: a\xffb\n\n", []eventsource.Block{{Data: "a\uFFFDb", HasData: true}}},
		"longer than its buffer": {"data: " + strings.Repeat("x", 5000) + "\n\n",
			[]eventsource.Block{{Data: strings.Repeat("x", 5000), HasData: true}}},
		"broken off": {"data: a\n\nid: 8\ndata: b\n", []eventsource.Block{{Data: "a", HasData: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			for reader, r := range map[string]io.Reader{"whole": strings.NewReader(c.stream), "byte by byte": iotest.OneByteReader(strings.NewReader(c.stream))} {
				got, err := blocks(r)
				if err != nil || !reflect.DeepEqual(got, c.want) {
					t.Errorf("%s: %+v, %v, want %+v", reader, got, err, c.want)
				}
			}
		})
	}
}

// A block is returned as soon as its last line has ended, whatever would come next:
// behind a carriage return nothing is waited for.
func TestBlockDoesNotWait(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	go func() { _, _ = io.WriteString(w, "data: a\r\r") }()
	if b, err := eventsource.NewParser(r, "").Block(); err != nil || b.Data != "a" {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestEventSkipsOtherBlocks(t *testing.T) {
	p := eventsource.NewParser(strings.NewReader(":\n\nid: 2\n\ndata: a\n\n"), "1")
	if b, err := p.Event(); err != nil || b.Data != "a" || b.ID != "2" {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := p.Event(); err != io.EOF {
		t.Errorf("%v at the end", err)
	}
}

func TestBlockIsBounded(t *testing.T) {
	line := "data: " + strings.Repeat("x", 1<<20) + "\n"
	if got, err := blocks(strings.NewReader(strings.Repeat(line, eventsource.MaxBlock>>20))); !errors.Is(err, eventsource.ErrTooLarge) {
		t.Errorf("%d blocks, %v", len(got), err)
	}
}

// A test can tell a stream that ended between two blocks from one that was cut off.
func TestBlockTellsACut(t *testing.T) {
	for stream, want := range map[string]error{"": io.EOF, "data: a\n\n": io.EOF, "\n\r": io.EOF, "data: a\n": io.ErrUnexpectedEOF, "data: a\n\nd": io.ErrUnexpectedEOF} {
		p := eventsource.NewParser(strings.NewReader(stream), "")
		var err error
		for err == nil {
			_, err = p.Block()
		}
		if err != want {
			t.Errorf("%q ended with %v, want %v", stream, err, want)
		}
	}
}

// FuzzBlock compares events with another implementation of the standard. That one
// returns blocks without data too, which the standard does not dispatch, so only
// events with some data are compared.
func FuzzBlock(f *testing.F) {
	for _, s := range []string{"id: 1\ndata: a\n\n", "data\r\rdata:b\r\n\r\n", "\uFEFFevent: x\ndata: a\ndata: b\n\n:c\n\nid\ndata: e\n\n", "id: \x00\ndata: a\n\n", "id:\n\ndata: a\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		stream = bytes.ToValidUTF8(stream, []byte("?")) // go-sse passes other bytes on
		all, err := blocks(bytes.NewReader(stream))
		if err != nil {
			t.Fatal(err)
		}
		var got []gosse.Event
		for _, b := range all {
			if b.Data != "" {
				got = append(got, gosse.Event{LastEventID: b.ID, Type: b.Event, Data: b.Data})
			}
		}
		var want []gosse.Event
		for e, err := range gosse.Read(bytes.NewReader(stream), &gosse.ReadConfig{MaxEventSize: 1 << 20}) {
			if err != nil {
				t.Fatal("the other implementation failed: ", err)
			}
			if e.Data != "" {
				want = append(want, e)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, the other implementation read %+v", stream, got, want)
		}
	})
}
