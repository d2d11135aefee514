package conn_test

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/ssetest"
	"latido/hub"
	"latido/hub/conflate"
)

// everyTenSeconds classifies all events of the name e as values of one key.
func everyTenSeconds(e *hub.Event) conflate.Class {
	if e.Name != "e" {
		return conflate.Class{}
	}
	return conflate.Class{Key: "k", Value: true, Every: 10 * time.Second}
}

func idHeartbeat(pos hub.ID) []byte { return fmt.Appendf(nil, "id: %v\ndata: heartbeat\n\n", pos) }

// TestConflatedStreamSendsHeldValues when their time has come, to the instant and
// without another event. Until then ids say that a value is to come, those of
// heartbeats as well.
func TestConflatedStreamSendsHeldValues(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap, Heartbeat: idHeartbeat, HeartbeatEvery: 2 * time.Second}, "", func(w *world) {
		t := w.t
		w.classify = everyTenSeconds
		_, _, r := w.connect()
		began := time.Now()
		epoch := w.hub.Head().Epoch
		// expect skips heartbeats, whose ids must be that of the event before, and counts them.
		before := ""
		expect := func(after time.Duration, id, data string) (heartbeats int) {
			t.Helper()
			got := ssetest.Block(t, r)
			for ; got.Data == "heartbeat"; got = ssetest.Block(t, r) {
				if heartbeats++; got.ID != epoch+before {
					t.Errorf("a heartbeat with id %s, want %s", got.ID, before)
				}
			}
			if d := time.Since(began); got.ID != epoch+id || got.Data != data || d != after {
				t.Fatalf("%+v after %v, want %s with id %s after %v", got, d, data, id, after)
			}
			before = id
			return heartbeats
		}
		w.publish(1)
		expect(0, "-1", `{"n":0}`)
		time.Sleep(200 * time.Millisecond)
		w.publish(2)
		if _, err := w.hub.Publish(t.Context(), hub.Draft{Name: "other", Channel: "a", Data: json.RawMessage(`{}`)}); err != nil {
			t.Fatal(err)
		}
		expect(200*time.Millisecond, "-4-2", `{}`)
		if n := expect(10*time.Second, "-4", `{"n":1}`); n == 0 {
			t.Error("no heartbeat while a value was pending")
		}
		if got := ssetest.Block(t, r); got.Data != "heartbeat" || got.ID != epoch+"-4" {
			t.Errorf("%+v, want a heartbeat with id -4", got)
		}
		if n := w.conflated.Load(); n != 1 {
			t.Errorf("%d left out, want 1", n)
		}
		if n := w.server.Stats().Deliveries; n != 3 {
			t.Errorf("%d deliveries, want 3", n)
		}
	})
}

// TestConflatedStreamThatFallsBehind gets a gap, or ends, like any other.
func TestConflatedStreamThatFallsBehind(t *testing.T) {
	for name, gap := range map[string]func(hub.Gap) []byte{"gap": ssetest.Gap, "ended": nil} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sse.Options{}, sse.Kind{Gap: gap}, "", func(w *world) {
				t := w.t
				w.classify = everyTenSeconds
				_, r, events := w.connect()
				w.publish(1)
				synctest.Wait() // the stream's goroutine is in a write that nobody reads
				w.publish(2000)
				synctest.Wait()
				epoch := w.hub.Head().Epoch
				if got := ssetest.Block(t, events); got.ID != epoch+"-1" || got.Data != `{"n":0}` {
					t.Fatalf("%+v", got)
				}
				if gap == nil {
					if b, err := io.ReadAll(r); err != nil || !regexp.MustCompile(`^retry: \d+\n\n$`).Match(b) {
						t.Errorf("%q, %v, want a reconnection delay and the end", b, err)
					}
					return
				}
				if got := ssetest.Block(t, events); got.ID != epoch+"-977" || got.Data != "gap slow" {
					t.Errorf("%+v, want the gap", got)
				}
				for got := ""; !strings.Contains(got, `{"n":1999}`); {
					got = ssetest.Block(t, events).Data
				}
			})
		})
	}
}
