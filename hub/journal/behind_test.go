package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/journal/engine"
	"latido/hub/journal/engine/natstest/fakenats"
)

func text(format string, args ...any) *nats.Msg {
	return &nats.Msg{Data: fmt.Appendf(nil, format, args...)}
}

// TestReadsWaitForAServerThatIsBehind: what it does not have yet must not look like
// what there never was. What all have dropped is not waited for.
func TestReadsWaitForAServerThatIsBehind(t *testing.T) {
	none := &nats.Msg{Header: nats.Header{"Status": {"404"}}}
	for name, c := range map[string]struct {
		behind int32 // replies of the server that is behind before it has caught up
		leader *nats.Msg
		asked  int32
	}{
		"caught up":          {0, nil, 1},
		"behind for a while": {3, text(`{"message":{"subject":"latido.ev.a.0.e","seq":7,"data":""}}`), 4},
		"dropped by all":     {99, text(`{"error":{"code":404,"err_code":10037,"description":"no message found"}}`), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			conn := fakenats.Connect(t, map[string]func() *nats.Msg{
				"$JS.API.DIRECT.GET.latido-events": func() *nats.Msg {
					if asked.Add(1) <= c.behind {
						return none
					}
					return &nats.Msg{Data: []byte("{}"), Header: nats.Header{
						"Nats-Sequence": {"7"}, "Nats-Stream": {"latido-events"}, "Nats-Subject": {"latido.ev.a.0.e"},
						"Nats-Time-Stamp": {"2026-01-02T03:04:05Z"}, "Nats-Num-Pending": {"0"},
					}}
				},
				"$JS.API.STREAM.INFO.latido-events": func() *nats.Msg {
					return text(`{"config":{"name":"latido-events","allow_direct":true},"state":{"last_seq":7}}`)
				},
				"$JS.API.STREAM.MSG.GET.latido-events": func() *nats.Msg { return c.leader },
			})
			js, err := jetstream.New(conn)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := findsSequence(ctx, js, 7); err != nil {
				t.Fatal(err)
			}
			if n := asked.Load(); n != c.asked {
				t.Errorf("the server was asked %d times, want %d", n, c.asked)
			}
		})
	}
}

// TestTrust: a stream that says it has lost its end is believed when it goes on
// saying so, and one of another epoch at once.
func TestTrust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &session{cfg: Config{Config: engine.Config{Logger: slog.New(slog.DiscardHandler)}}}
		epoch := "a"
		e.epoch.Store(&epoch)
		says := func(epoch string, last uint64) error { return e.trust(hub.Bounds{Epoch: epoch, Last: last}) }
		if err := says("a", 10); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := says("a", 9); !errors.Is(err, engine.ErrBehind) {
				t.Errorf("9 after 10: %v", err)
			}
			time.Sleep(believedAfter / 4)
		}
		if err := says("a", 11); err != nil { // it was a server that is behind
			t.Error(err)
		}
		if err := says("a", 4); !errors.Is(err, engine.ErrBehind) {
			t.Errorf("4 after 11: %v", err)
		}
		time.Sleep(believedAfter)
		if err := says("a", 4); err != nil || e.seen.n.Load() != 4 {
			t.Errorf("4, for ten seconds: %v, and the last is %d", err, e.seen.n.Load())
		}
		if err := says("b", 1); err != nil || *e.epoch.Load() != "b" || e.seen.n.Load() != 1 {
			t.Errorf("another epoch: %v, %s, the last is %d", err, *e.epoch.Load(), e.seen.n.Load())
		}
	})
}
