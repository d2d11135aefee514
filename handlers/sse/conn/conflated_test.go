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

// oncePerSecond classifies all events of the name e as values of one key.
func oncePerSecond(e *hub.Event) conflate.Class {
	if e.Name != "e" {
		return conflate.Class{}
	}
	return conflate.Class{Key: "k", Value: true, Every: time.Second}
}

func idHeartbeat(pos hub.ID) ([]byte, bool) {
	return fmt.Appendf(nil, "id: %v\ndata: beat\n\n", pos), true
}

// TestConflatedStreamSendsHeldValues when their time has come, to the instant and
// without another event. Until then ids say that a value is to come, those of
// heartbeats as well.
func TestConflatedStreamSendsHeldValues(t *testing.T) {
	inBubble(t, sse.Options{}, sse.Kind{Gap: ssetest.Gap, Heartbeat: idHeartbeat, HeartbeatEvery: 700 * time.Millisecond}, "", func(w *world) {
		t := w.t
		w.classify = oncePerSecond
		_, _, r := w.connect()
		began := time.Now()
		epoch := w.hub.Head().Epoch
		expect := func(after time.Duration, id, data string) {
			t.Helper()
			got := ssetest.Block(t, r)
			if d := time.Since(began); got.ID != epoch+id || got.Data != data || d != after {
				t.Fatalf("%+v after %v, want %s with id %s after %v", got, d, data, id, after)
			}
		}
		w.publish(1)
		expect(0, "-1", `{"n":0}`)
		time.Sleep(200 * time.Millisecond)
		w.publish(2)
		if _, err := w.hub.Publish(t.Context(), hub.Draft{Name: "other", Channel: "a", Data: json.RawMessage(`{}`)}); err != nil {
			t.Fatal(err)
		}
		expect(200*time.Millisecond, "-4-2", `{}`)
		expect(700*time.Millisecond, "-4-2", "beat")
		expect(time.Second, "-4", `{"n":1}`)
		expect(1400*time.Millisecond, "-4", "beat")
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
				w.classify = oncePerSecond
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
