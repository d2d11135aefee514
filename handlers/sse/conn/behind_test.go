package conn_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// fallBehind opens a stream whose client reads one event, and only once the log has
// gone on without it.
func (w *world) fallBehind() io.Reader {
	w.t.Helper()
	client, r, events := w.connect()
	if err := client.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		w.t.Fatal(err)
	}
	w.publish(1)
	synctest.Wait() // the stream's goroutine is in a write that nobody reads
	w.publish(2000)
	synctest.Wait()
	if got := ssetest.Block(w.t, events); got.Data != `{"n":0}` {
		w.t.Errorf("first %+v", got)
	}
	synctest.Wait()
	return r
}

// TestGapWithoutBytes: a Kind may have nothing to say of a gap. The stream goes on behind
// it all the same.
func TestGapWithoutBytes(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: func(hub.Gap) []byte { return nil }}, "", func(w *world) {
		w.toHead = true
		r := w.fallBehind()
		w.publish(1)
		want := "id: " + w.hub.Head().Epoch + "-2002\ndata: {\"n\":0}\n\n"
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	})
}

// TestTimesFromTheJournal: a time is noted for each write of live events, to the
// instant, and for nothing else.
func TestTimesFromTheJournal(t *testing.T) {
	var timings hub.Timings
	inBubble(t, sse.Options{Timings: &timings}, sse.Kind{}, "", func(w *world) {
		client, _, r := w.connect()
		noted := func(what string, n uint64, sum time.Duration) {
			t.Helper()
			synctest.Wait()
			if got := timings.PublishWrite.Snapshot(); got.Count != n || got.Sum != sum {
				t.Errorf("%s: %d times of %v in all, want %d of %v", what, got.Count, got.Sum, n, sum)
			}
		}
		w.publish(1)
		time.Sleep(3 * time.Second) // for which the client takes nothing
		ssetest.Block(t, r)
		noted("an event", 1, 3*time.Second)
		if got := ssetest.Block(t, r); !isPing(got) {
			t.Fatalf("%+v, want a ping", got)
		}
		noted("a ping", 1, 3*time.Second)
		client.Close()
		if b, err := io.ReadAll(w.fallBehind()); err != nil || !strings.HasPrefix(string(b), "retry: ") {
			t.Errorf("a stream without gaps that is behind: %q, %v", b, err)
		}
		noted("its first event, and its end", 2, 3*time.Second)
		w.after = hub.ID{Epoch: w.hub.Head().Epoch, Seq: 1}
		client, _, r = w.connect()
		for range 200 { // more than one page of a replay
			ssetest.Block(t, r)
		}
		noted("a replay", 2, 3*time.Second)
		client.Close()
	})
}
