package hub_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

var (
	seed       = flag.Uint64("seed", 0, "seed of random tests; 0 picks one and prints it on failure")
	interleave = flag.Int("interleave", 1_000_000, "interleavings of publish and subscribe-with-replay")
)

// TestNoGapAndNoDoubleAtTheBorder is F13: subscribers resume at random
// positions while events are published, and must read on without a hole or a
// repetition where the replay ends and live events begin.
func TestNoGapAndNoDoubleAtTheBorder(t *testing.T) {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("run again with -seed %d", s)
		}
	})
	j := hubtest.NewJournal()
	j.KeepLast(10_000)
	h := start(t, j, hub.Options{Retention: hub.Retention{TopicEvents: 4096}})
	const workers = 4
	var left atomic.Int64
	crossings := *interleave
	if testing.Short() { // see make check
		crossings = min(crossings, 50_000)
	}
	left.Store(int64(crossings))
	rounds := make(chan struct{}, workers)
	var publisher, readers sync.WaitGroup
	publisher.Go(func() {
		n := 0
		for range rounds {
			n++
			publishRound(t, h, n)
		}
	})
	for w := range workers {
		readers.Go(func() {
			rnd := rand.New(rand.NewPCG(s, uint64(w)))
			for left.Add(-1) >= 0 && !t.Failed() {
				crossBorder(t, h, rnd, rounds)
			}
		})
	}
	readers.Wait()
	close(rounds)
	publisher.Wait()
}

// publishRound publishes to channel b, so that the sequences of the others have
// holes, and to channel a, every other time to a user as well: one of two topics
// of the same subscriber.
func publishRound(t *testing.T, h *hub.Hub, n int) {
	for _, topic := range []hub.Topic{{Channel: "b"}, {Channel: "a", User: int64(n%2) * 7}} {
		d := hub.Draft{Name: "e", Channel: topic.Channel, User: topic.User, Data: json.RawMessage(`{}`)}
		if _, err := h.Publish(t.Context(), d); err != nil {
			t.Errorf("publish: %v", err)
		}
	}
}

// crossBorder asks for a round of events, resumes a little behind the head
// while they are published, and reads past it.
func crossBorder(t *testing.T, h *hub.Hub, rnd *rand.Rand, rounds chan<- struct{}) {
	after := h.Head()
	goal := after.Seq + 1
	rounds <- struct{}{}
	after.Seq -= min(after.Seq, rnd.Uint64N(12))
	wake := make(chan struct{}, 1)
	c, err := h.Subscribe(t.Context(), hub.Request{
		Topics: []hub.Topic{hub.ChannelTopic("a"), hub.UserTopic(7)}, Format: sequence, After: after,
	})
	if err != nil {
		t.Errorf("subscribe: %v", err)
		return
	}
	defer c.Close()
	if gap := c.Gap(); gap != nil {
		t.Errorf("a gap %+v although everything is kept", gap)
		return
	}
	listener := c.Feed().Listen(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer listener.Stop()
	expect := after.Seq + 1
	var b hub.Batch
	for c.Position().Seq < goal {
		b.Reset()
		c.Due(&b)
		if b.Gap != nil {
			t.Errorf("a gap %+v although everything is kept", b.Gap)
			return
		}
		// A connection that takes only some of the frames is sent the others later.
		taken := b.Frames[:len(b.Frames)-rnd.IntN(len(b.Frames)+1)/2]
		c.Pass(&b, len(taken))
		for _, f := range taken {
			seq, _ := strconv.ParseUint(string(f), 10, 64)
			for ; expect < seq; expect++ {
				if expect%2 == 0 { // the odd ones are b's
					t.Errorf("resumed after %v: event %d is missing before %d", after, expect, seq)
					return
				}
			}
			if expect != seq {
				t.Errorf("resumed after %v: event %d came when %d was due", after, seq, expect)
				return
			}
			expect++
		}
		if len(b.Frames) == 0 && c.Position().Seq < goal {
			<-wake // a wake that is lost hangs here, and the test's time runs out
		}
	}
}

var sequence = hub.NewFormat("sequence", func(e *hub.Event) []byte { return strconv.AppendUint(nil, e.ID.Seq, 10) })
