package hub_test

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
)

func TestLimitedSendsTheNewestValueWhenItsTimeHasCome(t *testing.T) {
	r := newLimitedRig(t, hub.Limits{})
	r.publish("value_x")
	equal(t, r.take(9), 1)
	r.publish("value_x")
	r.publish("other")
	r.publish("value_y")
	r.publish("value_x")
	r.now = r.now.Add(limitedEvery / 2)
	equal(t, r.take(9), 3, 4) // x waits
	if at := r.client.place; at.Seq != 4 || at.Back != 0 {
		t.Errorf("place %v, want 4: the value of 5 is behind it", at)
	}
	r.publish("other")
	equal(t, r.take(9), 6)
	if at := r.client.place; at.Seq != 6 || at.Back != 2 {
		t.Errorf("place %v, want 6 with everything of 5 and later to come", at)
	}
	if wait := r.limited.Next().Sub(r.now); wait != limitedEvery/2 {
		t.Errorf("the value waits for %v more, want %v", wait, limitedEvery/2)
	}
	r.now = r.limited.Next()
	equal(t, r.take(9), 5)
	if at := r.client.place; at.Seq != 6 || at.Back != 0 {
		t.Errorf("place %v, want 6", at)
	}
	if n := r.hub.Stats().Thinned; n != 1 {
		t.Errorf("%d left out, want 1", n)
	}
	r.settled()
}

func TestLimitedLeavesOutValuesOfWhatHasEnded(t *testing.T) {
	r := newLimitedRig(t, hub.Limits{})
	r.publish("value_x")
	r.take(9)
	r.publish("value_x")
	r.take(9)
	r.publish("end_x")
	equal(t, r.take(9), 3)
	if !r.limited.Next().IsZero() {
		t.Error("a value of what has ended still waits")
	}
	r.settled()
}

// TestLimitedComesBack: cut off while a value is held back, the client gets it, and
// nothing else again.
func TestLimitedComesBack(t *testing.T) {
	r := newLimitedRig(t, hub.Limits{})
	for _, name := range []string{"value_x", "value_x", "value_y", "other"} {
		r.publish(name)
		r.take(9)
	}
	if at := r.client.place; at.Seq != 4 || at.Back != 3 {
		t.Fatalf("place %v, want 4 with the value of 2 to come", at)
	}
	r.connect()
	equal(t, r.take(9), 2, 3) // y's newest may come twice
	r.settled()
}

// TestLimitedThatIsCutOffBetweenLateValues: the second is still owed.
func TestLimitedThatIsCutOffBetweenLateValues(t *testing.T) {
	r := newLimitedRig(t, hub.Limits{})
	for _, name := range []string{"value_x", "value_y", "value_x", "value_y", "other"} {
		r.publish(name)
		r.take(9)
	}
	r.now = r.now.Add(limitedEvery)
	equal(t, r.take(1), 3)
	r.connect()
	equal(t, r.take(9), 4)
	r.settled()
}

// TestLimitedComesBackToMuch: a replay of several batches begins with no value that
// is older than the client's.
func TestLimitedComesBackToMuch(t *testing.T) {
	r := newLimitedRig(t, hub.Limits{})
	r.publish("value_y")
	r.take(9)
	r.now = r.now.Add(limitedEvery / 2)
	for _, name := range []string{"value_x", "value_x", "value_y"} {
		r.publish(name)
		r.take(9)
	}
	for range 300 {
		r.publish("other")
	}
	r.take(1 << 30)
	r.now = r.now.Add(limitedEvery / 2)
	r.publish("value_y")
	equal(t, r.take(9), 305)
	if at := r.client.place; at.Back != 303 {
		t.Fatalf("place %v, want everything from 3 on to come", at)
	}
	r.connect()
	equal(t, r.take(9), 3, 305)
	r.settled()
}

// TestLimitedIsBounded: however many keys there are, and however large their values.
func TestLimitedIsBounded(t *testing.T) {
	for name, c := range map[string]struct{ keys, data, want int }{
		"keys":  {3000, 2, 2048},
		"bytes": {30, 100 << 10, 20},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, hubtest.NewJournal(), hub.Options{Limits: hub.Limits{TopicEvents: 1 << 20, TopicBytes: 1 << 30}})
			cursor := subscribe(t, h, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("a")}, Format: sequence})
			limited := cursor.Limit(hub.Limit{Key: byName}, 0)
			now, seen := time.Unix(1000, 0), map[string]int{}
			data := json.RawMessage(`{"d":"` + strings.Repeat("x", c.data) + `"}`)
			// Everything has been sent once, and is held back then.
			for range 2 {
				for k := range c.keys {
					if _, err := h.Publish(t.Context(), hub.Draft{Name: "value_" + strconv.Itoa(k), Channel: "a", Data: data}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := h.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			for more := true; more; {
				out, again, err := limited.Take(t.Context(), now)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range out {
					seen[string(p.Frame)]++
				}
				more = again
			}
			if len(seen) < c.keys+c.want-1 {
				t.Errorf("%d values were sent at once, so more is held back than may be", len(seen))
			}
			out, _, err := limited.Take(t.Context(), now.Add(limitedEvery))
			if err != nil || len(seen)+len(out) != 2*c.keys {
				t.Errorf("%d and then %d values were sent, want %d: %v", len(seen), len(out), 2*c.keys, err)
			}
		})
	}
}

// TestLimitedAtAGap: what is held back is sent before it, because nobody could ask
// for it behind it.
func TestLimitedAtAGap(t *testing.T) {
	j := hubtest.NewJournal()
	h := start(t, j, hub.Options{Limits: hub.Limits{TopicEvents: 4}})
	a := hub.ChannelTopic("a")
	limited := subscribe(t, h, hub.Request{Topics: []hub.Topic{a}, Format: sequence}).Limit(hub.Limit{Key: byName}, 0)
	now := time.Unix(1000, 0)
	for range 2 {
		if _, err := h.Publish(t.Context(), hub.Draft{Name: "value_x", Channel: "a", Data: json.RawMessage(`{}`)}); err != nil {
			t.Fatal(err)
		}
		if err := h.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := limited.Take(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, h, a, 10)
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, _, err := limited.Take(t.Context(), now)
	if err != nil || len(out) != 6 || string(out[0].Frame) != "2" || out[1].Gap == nil || out[1].At.Seq != 8 || string(out[2].Frame) != "9" {
		t.Fatalf("%v %+v, want value 2, a gap to 8, and 9 to 12", err, out)
	}
}

// FuzzLimited holds a limited reader against what was published: whatever comes
// when, and wherever the client is cut off, it gets the newest value of every key,
// never a stale one after a newer one, nothing else twice, and misses nothing.
func FuzzLimited(f *testing.F) {
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
		// Memory keeps so little that a client that comes back often needs the journal.
		r := newLimitedRig(t, hub.Limits{TopicEvents: 24})
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
			case 6: // only some of it arrives before the connection breaks
				if r.client.place.IsZero() {
					r.take(1 << 30)
					continue
				}
				r.take(n % 4)
				r.connect()
				if n >= 16 {
					r.settled()
				}
			case 7:
				r.take(1 << 30)
			}
			if len(r.names)%16 == 15 {
				r.take(1 << 30) // it does not fall behind
			}
		}
		if r.client.place.IsZero() {
			r.take(1 << 30)
		}
		r.settled()
		r.cursor.Close()
	})
}

// FuzzParsePlace: what is read is written back to the letter, and ids are places.
func FuzzParsePlace(f *testing.F) {
	for _, s := range []string{"a1b2c3d4-1", "a-5-5", "a-5-6", "a-5-0", "a-5-01", "a-5-", "a-5--1", "a--5", "-5-1", "a-5-1-1", "", "abcdefghijklmnop-18446744073709551615-12", "abcdefghijklmnop-18446744073709551615-123"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := hub.ParsePlace(s)
		if ok != (p.String() != "") || ok && (p.String() != s || p.Back > p.Seq) {
			t.Fatalf("%q was read as %+v, %v", s, p, ok)
		}
		if id, isID := hub.ParseID(s); isID && (!ok || p != hub.Place{ID: id}) {
			t.Fatalf("the id %q was read as the place %+v", s, p)
		}
	})
}
