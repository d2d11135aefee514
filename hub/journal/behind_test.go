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

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
)

// actor answers the questions that a journal asks of a cluster, as a test wants.
func actor(t *testing.T, answers map[string]func() *nats.Msg) line {
	t.Helper()
	srv, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { stopServer(srv) })
	to := &local{srv: srv}
	quiet := func(*nats.Conn, error) {}
	stage, err := openLine(to, "actor", quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stage.close)
	for subject, answer := range answers {
		if _, err := stage.conn.Subscribe(subject, func(m *nats.Msg) {
			if err := m.RespondMsg(answer()); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := stage.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	l, err := openLine(to, "reader", quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

func text(format string, args ...any) *nats.Msg {
	return &nats.Msg{Data: fmt.Appendf(nil, format, args...)}
}

// TestReadsWaitForAServerThatIsBehind: what it does not have yet must not look like
// what there never was. What all have dropped is not waited for.
func TestReadsWaitForAServerThatIsBehind(t *testing.T) {
	none := &nats.Msg{Header: nats.Header{"Status": {"404"}}}
	for name, c := range map[string]struct {
		behind int32 // answers of the server that is behind before it has caught up
		leader *nats.Msg
		asked  int32
	}{
		"caught up":          {0, nil, 1},
		"behind for a while": {3, text(`{"message":{"subject":"latido.ev.a.0.e","seq":7,"data":""}}`), 4},
		"dropped by all":     {99, text(`{"error":{"code":404,"err_code":10037,"description":"no message found"}}`), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			l := actor(t, map[string]func() *nats.Msg{
				"$JS.API.DIRECT.GET.latido-events": func() *nats.Msg {
					if asked.Add(1) <= c.behind {
						return none
					}
					return &nats.Msg{Header: nats.Header{"Nats-Sequence": {"7"}}}
				},
				"$JS.API.STREAM.INFO.latido-events":    func() *nats.Msg { return text(`{"config":{"name":"latido-events"},"state":{"last_seq":7}}`) },
				"$JS.API.STREAM.MSG.GET.latido-events": func() *nats.Msg { return c.leader },
			})
			b := &remote{cfg: Config{Cluster: &Cluster{Replicas: 3}}.withDefaults()}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := b.current(ctx, l, 7); err != nil {
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
		e := &engine{cfg: Config{Logger: slog.New(slog.DiscardHandler)}}
		epoch := "a"
		e.epoch.Store(&epoch)
		says := func(epoch string, last uint64) error { return e.trust(hub.Bounds{Epoch: epoch, Last: last}) }
		if err := says("a", 10); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := says("a", 9); !errors.Is(err, errBehind) {
				t.Errorf("9 after 10: %v", err)
			}
			time.Sleep(believedAfter / 4)
		}
		if err := says("a", 11); err != nil { // it was a server that is behind
			t.Error(err)
		}
		if err := says("a", 4); !errors.Is(err, errBehind) {
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

// TestEnoughServers: what a stream of three servers says of itself when events can be
// stored, and when they cannot although its leader goes on calling itself one.
func TestEnoughServers(t *testing.T) {
	peer := func(active time.Duration, current, offline bool) *jetstream.PeerInfo {
		return &jetstream.PeerInfo{Active: active, Current: current, Offline: offline}
	}
	well, silent := peer(time.Second, true, false), peer(replicaSilence, true, false)
	for name, c := range map[string]struct {
		leader   string
		replicas []*jetstream.PeerInfo
		fine     bool
	}{
		"all":                     {"n1", []*jetstream.PeerInfo{well, well}, true},
		"one silent":              {"n1", []*jetstream.PeerInfo{silent, well}, true},
		"one that catches up":     {"n1", []*jetstream.PeerInfo{silent, peer(time.Second, false, false)}, true},
		"nothing was stored yet":  {"n1", []*jetstream.PeerInfo{peer(0, true, false), silent}, true},
		"both silent":             {"n1", []*jetstream.PeerInfo{silent, silent}, false},
		"one silent, one offline": {"n1", []*jetstream.PeerInfo{silent, peer(time.Second, true, true)}, false},
		"one silent, one that its new leader never met": {"n1", []*jetstream.PeerInfo{silent, peer(0, false, false)}, false},
		"no leader": {"", []*jetstream.PeerInfo{well, well}, false},
	} {
		b := &remote{cfg: Config{Cluster: &Cluster{Replicas: 3}}}
		err := b.healthy(&jetstream.StreamInfo{
			Config: jetstream.StreamConfig{Replicas: 3}, Cluster: &jetstream.ClusterInfo{Leader: c.leader, Replicas: c.replicas},
		})
		if (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReaderThatStandsStill: a server that is alive and does not go on with the
// stream is left once another knows of more; one that has nothing more is not.
func TestReaderThatStandsStill(t *testing.T) {
	for name, c := range map[string]struct {
		seen   uint64
		leader string
		stuck  bool
	}{
		"there is more":        {7, `{"message":{"subject":"latido.ev.a.0.e","seq":6,"data":""}}`, true},
		"the rest was dropped": {7, `{"error":{"code":404,"err_code":10037,"description":"no message found"}}`, false},
		"that is all":          {5, `{"message":{"subject":"latido.ev.a.0.e","seq":6,"data":""}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := actor(t, map[string]func() *nats.Msg{
				"$JS.API.STREAM.INFO.latido-events":    func() *nats.Msg { return text(`{"config":{"name":"latido-events"}}`) },
				"$JS.API.STREAM.MSG.GET.latido-events": func() *nats.Msg { return text("%s", c.leader) },
			})
			r := &reader{line: l, stream: streamName, subject: anyPrefix + ">", seen: &highest{}, at: 5}
			r.seen.raise(c.seen)
			beat := &nats.Msg{Header: nats.Header{"Status": {"100"}, "Nats-Last-Consumer": {"0"}}}
			for n := 1; n <= lateBeats; n++ {
				err := r.heed(t.Context(), beat)
				if want := c.stuck && n == lateBeats; errors.Is(err, errStuck) != want || err != nil && !want {
					t.Errorf("heartbeat %d: %v", n, err)
				}
			}
		})
	}
}
