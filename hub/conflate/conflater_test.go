package conflate_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/conflate"
)

func TestNewestValueIsSentWhenItsTimeHasCome(t *testing.T) {
	r := newRig(t, hub.Retention{})
	r.publish("value_x")
	equal(t, r.read(9), 1)
	r.publish("value_x")
	r.publish("other")
	r.publish("value_y")
	r.publish("value_x")
	r.now = r.now.Add(every / 2)
	equal(t, r.read(9), 3, 4) // x is pending
	if at := r.client.token; at.Seq != 4 || at.Back != 0 {
		t.Errorf("token %v, want 4: the pending value 5 is after it", at)
	}
	r.publish("other")
	equal(t, r.read(9), 6)
	if at := r.client.token; at.Seq != 6 || at.Back != 2 {
		t.Errorf("token %v, want 6 with everything from 5 on to come", at)
	}
	if wait := r.conflater.PendingUntil().Sub(r.now); wait != every/2 {
		t.Errorf("the value is pending for %v more, want %v", wait, every/2)
	}
	r.now = r.conflater.PendingUntil()
	equal(t, r.read(9), 5)
	if at := r.client.token; at.Seq != 6 || at.Back != 0 {
		t.Errorf("token %v, want 6", at)
	}
	if n := r.conflated.Load(); n != 1 {
		t.Errorf("%d conflated, want 1", n)
	}
	r.settled()
}

func TestHeldValueIsDroppedWhenItsTaskHasEnded(t *testing.T) {
	r := newRig(t, hub.Retention{})
	r.publish("value_x")
	r.read(9)
	r.publish("value_x")
	r.read(9)
	r.publish("end_x")
	equal(t, r.read(9), 3)
	if !r.conflater.PendingUntil().IsZero() {
		t.Error("a value of an ended task is still pending")
	}
	r.settled()
}

// TestReconnectWithPendingValue: a client that is cut off while a value is pending gets it,
// and no other event again.
func TestReconnectWithPendingValue(t *testing.T) {
	r := newRig(t, hub.Retention{})
	for _, name := range []string{"value_x", "value_x", "value_y", "other"} {
		r.publish(name)
		r.read(9)
	}
	if at := r.client.token; at.Seq != 4 || at.Back != 3 {
		t.Fatalf("token %v, want 4 with the value of 2 to come", at)
	}
	r.connect()
	equal(t, r.read(9), 2, 3) // y's newest may come twice
	r.settled()
}

// TestReconnectBetweenLateValues: the second of two late values is still sent.
func TestReconnectBetweenLateValues(t *testing.T) {
	r := newRig(t, hub.Retention{})
	for _, name := range []string{"value_x", "value_y", "value_x", "value_y", "other"} {
		r.publish(name)
		r.read(9)
	}
	r.now = r.now.Add(every)
	equal(t, r.read(1), 3)
	r.connect()
	equal(t, r.read(9), 4)
	r.settled()
}

// TestReconnectToLongReplay: a replay of several batches begins with no value that
// is older than the client's.
func TestReconnectToLongReplay(t *testing.T) {
	r := newRig(t, hub.Retention{})
	r.publish("value_y")
	r.read(9)
	r.now = r.now.Add(every / 2)
	for _, name := range []string{"value_x", "value_x", "value_y"} {
		r.publish(name)
		r.read(9)
	}
	for range 300 {
		r.publish("other")
	}
	r.read(1 << 30)
	r.now = r.now.Add(every / 2)
	r.publish("value_y")
	equal(t, r.read(9), 305)
	if at := r.client.token; at.Back != 303 {
		t.Fatalf("token %v, want everything from 3 on to come", at)
	}
	r.connect()
	equal(t, r.read(9), 3, 305)
	r.settled()
}

// TestHeldValuesAreBounded in number and in bytes.
func TestHeldValuesAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ keys, data, want int }{
		"keys":  {3000, 2, 2048},
		"bytes": {30, 100 << 10, 20},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, hub.Retention{TopicEvents: 1 << 20, TopicBytes: 1 << 30})
			conflater := conflate.New(subscribe(t, h), conflate.Options{Classify: classify})
			now, seen := time.Unix(1000, 0), map[string]int{}
			data := `{"d":"` + strings.Repeat("x", c.data) + `"}`
			// The first value of every key is sent, the second is pending.
			for range 2 {
				for k := range c.keys {
					publish(t, h, "value_"+strconv.Itoa(k), data)
				}
			}
			if err := h.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			for more := true; more; {
				out, again, err := conflater.Read(t.Context(), now)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range out {
					seen[string(p.Frame)]++
				}
				more = again
			}
			if len(seen) < c.keys+c.want-1 {
				t.Errorf("%d values were sent at once, so more are pending than the bound", len(seen))
			}
			out, _, err := conflater.Read(t.Context(), now.Add(every))
			if err != nil || len(seen)+len(out) != 2*c.keys {
				t.Errorf("%d and then %d values were sent, want %d: %v", len(seen), len(out), 2*c.keys, err)
			}
		})
	}
}

// TestHeldValuesAreSentBeforeAGap, because a client could not resume from before it.
func TestHeldValuesAreSentBeforeAGap(t *testing.T) {
	h := start(t, hub.Retention{TopicEvents: 4})
	conflater := conflate.New(subscribe(t, h), conflate.Options{Classify: classify})
	now := time.Unix(1000, 0)
	for range 2 {
		publish(t, h, "value_x", `{}`)
		if err := h.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conflater.Read(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		publish(t, h, "other", `{}`)
	}
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, _, err := conflater.Read(t.Context(), now)
	if err != nil || len(out) != 6 || string(out[0].Frame) != "2" || out[1].Gap == nil || out[1].At.Seq != 8 || string(out[2].Frame) != "9" {
		t.Fatalf("%v %+v, want value 2, a gap to 8, and 9 to 12", err, out)
	}
}

// FuzzConflater compares what a client gets with what was published. Wherever the
// client is cut off, it gets the newest value of every key, never a stale one after a
// newer one, and every other event once.
func FuzzConflater(f *testing.F) {
	for n := range 64 {
		rnd := rand.New(rand.NewPCG(1, uint64(n)))
		script := make([]byte, 40+rnd.IntN(200))
		for i := range script {
			script[i] = byte(rnd.Uint32())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 400 {
			return
		}
		// Memory keeps so little that a client that reconnects often needs the journal.
		r := newRig(t, hub.Retention{TopicEvents: 24})
		for _, op := range script {
			n := int(op >> 3)
			switch op & 7 {
			case 0, 1, 2:
				r.publish("value_" + strconv.Itoa(n%3))
			case 3:
				r.publish("other")
			case 4:
				r.publish("end_" + strconv.Itoa(n%3))
			case 5:
				r.now = r.now.Add(time.Duration(n) * 5 * time.Millisecond)
			case 6: // some of the frames arrive before the connection breaks
				if r.client.token.IsZero() {
					r.read(1 << 30)
					continue
				}
				r.read(n % 4)
				r.connect()
				if n >= 16 {
					r.settled()
				}
			case 7:
				r.read(1 << 30)
			}
			if len(r.names)%16 == 15 {
				r.read(1 << 30) // it does not fall behind
			}
		}
		if r.client.token.IsZero() {
			r.read(1 << 30)
		}
		r.settled()
		r.cursor.Close()
	})
}
