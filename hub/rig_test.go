package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"latido/hub"
)

// text is the simplest format: "SEQ NAME DATA".
func text() *hub.Format {
	return hub.NewFormat("text", func(e *hub.Event) []byte {
		return fmt.Appendf(nil, "%d %s %s", e.ID.Seq, e.Name, e.Data)
	})
}

// start runs a hub over j until the test ends, and waits until it is ready.
func start(t testing.TB, j hub.Journal, o hub.Options) *hub.Hub {
	t.Helper()
	h := hub.New(j, o)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	<-h.Ready()
	return h
}

func publish(t testing.TB, h *hub.Hub, topic hub.Topic, n int) (last hub.ID) {
	t.Helper()
	for i := range n {
		r, err := h.Publish(context.Background(), hub.Draft{Name: "e", Channel: topic.Channel, User: topic.User, Data: json.RawMessage(`{"n":` + strconv.Itoa(i) + `}`)})
		if err != nil {
			t.Fatal(err)
		}
		last = r.ID
	}
	return last
}

func subscribe(t testing.TB, h *hub.Hub, r hub.Request) *hub.Cursor {
	t.Helper()
	if r.Format == nil {
		r.Format = text()
	}
	c, err := h.Subscribe(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// reached waits until the hub's head is at least seq.
func reached(t testing.TB, h *hub.Hub, id hub.ID) {
	t.Helper()
	// Subscribing after a position of the near future waits for it.
	c, err := h.Subscribe(context.Background(), hub.Request{Format: text(), After: id})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// seqs reads the sequences a cursor has due.
func seqs(t testing.TB, c *hub.Cursor) (list []uint64, gap *hub.Gap) {
	t.Helper()
	var b hub.Batch
	for {
		b.Reset()
		c.Due(&b)
		c.Pass(&b, len(b.Frames))
		frames, g := b.Frames, b.Gap
		if g != nil {
			if gap != nil || len(list) > 0 {
				t.Fatalf("a second or late gap: %+v", g)
			}
			gap = g
		}
		if len(frames) == 0 && g == nil {
			return list, gap
		}
		for _, f := range frames {
			list = append(list, seqOf(t, f))
		}
	}
}

// seqOf reads the sequence back out of a frame of text.
func seqOf(t testing.TB, frame []byte) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.Fields(string(frame))[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func equal(t testing.TB, got []uint64, want ...uint64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got sequences %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("got sequences %v, want %v", got, want)
		}
	}
}

func first[A, B any](a A, _ B) A { return a }
