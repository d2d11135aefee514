package epoll_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"latido/handlers/sse"
	"latido/handlers/sse/epoll"
	"latido/handlers/sse/ssetest"
	"latido/hub"
)

// FuzzPartialWrites is S2: whatever the kernel takes of a write, and whenever it
// takes nothing, a client reads whole frames, in order, each once; what is
// missing is reported as a gap, which is whole as well.
func FuzzPartialWrites(f *testing.F) {
	f.Add(uint64(1), uint16(3), uint8(2), uint8(4))
	f.Add(uint64(2), uint16(60), uint8(3), uint8(50))
	f.Add(uint64(3), uint16(1), uint8(200), uint8(1))
	f.Add(uint64(4), uint16(700), uint8(10), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, most uint16, refuse, keep uint8) {
		var mu sync.Mutex
		rnd := rand.New(rand.NewPCG(seed, 0))
		stingy := epoll.Stint(func() int {
			mu.Lock()
			defer mu.Unlock()
			if rnd.IntN(256) < int(min(refuse, 200)) {
				return 0
			}
			return 1 + rnd.IntN(int(most)+1)
		})
		s := ssetest.New(t, sse.Options{Ping: 300 * time.Millisecond}, hub.Retention{TopicEvents: 1 + int(keep)},
			sse.Kind{Gap: ssetest.Gap, Heartbeat: ssetest.Heartbeat, HeartbeatEvery: 100 * time.Millisecond}, stingy)
		const events, streams = 40, 4
		var clients [streams]*ssetest.Client
		for i := range clients {
			clients[i] = s.Dial("channel=a")
		}
		sent := map[string]string{} // data by id
		for n := range events {
			data := fmt.Sprintf(`{"n":%d,"pad":"%0*d"}`, n, n*7%90, 0)
			id := s.Publish("a", data)
			sent[id.String()] = data
		}
		for _, c := range clients {
			readsWholeFrames(t, c, sent)
		}
	})
}

// readsWholeFrames reads up to the last of the events, whose data is {"n":0,…}, {"n":1,…}
// and so on.
func readsWholeFrames(t *testing.T, c *ssetest.Client, sent map[string]string) {
	t.Helper()
	if got := ssetest.Block(t, c.Events).Data; got != "preamble" {
		t.Fatalf("first %q", got)
	}
	gap := false // before what comes next
	for next := 0; next < len(sent); {
		got := ssetest.Block(t, c.Events)
		n, isHeartbeat := next, false
		if _, err := fmt.Sscanf(got.Data, "heartbeat %d", &n); err == nil {
			isHeartbeat = true
		} else if got.HasID {
			_, _ = fmt.Sscanf(got.Data, `{"n":%d,`, &n)
		}
		inOrder := n == next || gap && n > next
		switch {
		case !got.HasData && slices.Equal(got.Comments, []string{""}):
		case got.Data == "gap slow":
			gap = true
		case got.HasID && got.Data == sent[got.ID] && inOrder:
			next, gap = n+1, false
		case isHeartbeat && inOrder:
		default:
			t.Fatalf("%+v when event %d was due", got, next)
		}
	}
}
