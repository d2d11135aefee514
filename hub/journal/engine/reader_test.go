package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub/journal/engine/natstest/fakenats"
)

// actor is fakenats.Connect, with JetStream on its connection.
func actor(t *testing.T, replies map[string]func() *nats.Msg) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	conn := fakenats.Connect(t, replies)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

func text(format string, args ...any) *nats.Msg {
	return &nats.Msg{Data: fmt.Appendf(nil, format, args...)}
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
		err := CheckReplicas(&jetstream.StreamInfo{
			Config: jetstream.StreamConfig{Replicas: 3}, Cluster: &jetstream.ClusterInfo{Leader: c.leader, Replicas: c.replicas},
		})
		if (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReaderComparesCounts: a message, or a heartbeat, that says how many NATS has sent
// shows that one was lost on the way, although all that came are in order.
func TestReaderComparesCounts(t *testing.T) {
	_, js := actor(t, nil)
	ack := func(consumer, stream int) *nats.Msg {
		return &nats.Msg{Subject: "e", Reply: fmt.Sprintf("$JS.ACK.latido-events.r.1.%d.%d.1700000000000000000.0", stream, consumer), Sub: &nats.Subscription{}}
	}
	beat := func(sent string) *nats.Msg {
		return &nats.Msg{Header: nats.Header{"Status": {"100"}, "Nats-Last-Consumer": {sent}}}
	}
	for name, c := range map[string]struct {
		arrive []*nats.Msg
		come   int // messages before the Reader ends
	}{
		"one is missing":          {[]*nats.Msg{ack(1, 1), ack(2, 2), ack(4, 4)}, 2},
		"the first is missing":    {[]*nats.Msg{ack(2, 2)}, 0},
		"the last is missing":     {[]*nats.Msg{ack(1, 1), beat("2")}, 1},
		"dropped, and not missed": {[]*nats.Msg{ack(1, 1), ack(2, 7), beat("2"), ack(3, 8), beat("4")}, 3},
	} {
		r := &Reader{
			js: js, due: pullEvents, arrived: make(chan *nats.Msg, 10), gone: make(chan struct{}), silence: time.NewTimer(time.Hour),
			cfg: ReaderConfig{Stream: "latido-events", Known: func() uint64 { return 0 }},
		}
		for _, m := range c.arrive {
			r.arrived <- m
		}
		came := 0
		for ; came <= len(c.arrive); came++ {
			_, _, err := r.Next(t.Context())
			if err == nil {
				continue
			}
			if !strings.Contains(err.Error(), "has sent") {
				t.Errorf("%s: the Reader ends with %v", name, err)
			}
			break
		}
		if came != c.come {
			t.Errorf("%s: %d messages are read, want %d", name, came, c.come)
		}
	}
}

// TestBatchComparesCounts: a hole in a batch is an error, and so is a batch that does
// not come to its end in time.
func TestBatchComparesCounts(t *testing.T) {
	stored := func(seq, pending int) *nats.Msg {
		return &nats.Msg{Data: []byte("{}"), Header: nats.Header{
			jetstream.StreamHeader: {"s"}, jetstream.SubjectHeader: {"e"}, jetstream.SequenceHeader: {fmt.Sprint(seq)},
			jetstream.TimeStampHeaer: {"2026-01-02T03:04:05Z"}, "Nats-Num-Pending": {fmt.Sprint(pending)},
		}}
	}
	end := &nats.Msg{Header: nats.Header{"Status": {"204"}, "Description": {"EOB"}}}
	none := &nats.Msg{Header: nats.Header{"Status": {"404"}, "Description": {"Message Not Found"}}}
	for name, c := range map[string]struct {
		reply []*nats.Msg
		last  uint64
		want  error
	}{
		"whole":               {[]*nats.Msg{stored(5, 2), stored(9, 1), stored(10, 0), end}, 10, nil},
		"more was stored":     {[]*nats.Msg{stored(5, 1), stored(9, 0), stored(10, 0), end}, 10, nil},
		"full before its end": {[]*nats.Msg{stored(5, 7), stored(9, 6), end}, 9, nil},
		"as many as wanted":   {[]*nats.Msg{stored(1, 9), stored(2, 8), stored(3, 7), stored(4, 6)}, 4, nil},
		"none":                {[]*nats.Msg{none}, 0, nil},
		"a hole":              {[]*nats.Msg{stored(5, 2), stored(10, 0), end}, 0, errHole},
		"no end":              {[]*nats.Msg{stored(5, 2), stored(9, 1)}, 9, context.DeadlineExceeded},
		"silence":             {nil, 0, context.DeadlineExceeded},
	} {
		conn, js := actor(t, nil)
		if _, err := conn.Subscribe("$JS.API.DIRECT.GET.s", func(m *nats.Msg) {
			for _, r := range c.reply {
				if err := m.RespondMsg(&nats.Msg{Header: r.Header, Data: r.Data}); err != nil {
					t.Error(err)
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		wait := 20 * time.Second
		if c.want == context.DeadlineExceeded {
			wait = 100 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		all, err := Batch(ctx, js, "s", 4)
		cancel()
		last := uint64(0)
		if len(all) > 0 {
			last = all[len(all)-1].Sequence
		}
		if last != c.last || !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %d and %v, want %d and %v", name, last, err, c.last, c.want)
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
			_, js := actor(t, map[string]func() *nats.Msg{
				"$JS.API.STREAM.INFO.latido-events":    func() *nats.Msg { return text(`{"config":{"name":"latido-events","allow_direct":true}}`) },
				"$JS.API.STREAM.MSG.GET.latido-events": func() *nats.Msg { return text("%s", c.leader) },
			})
			r := &Reader{js: js, at: 5, cfg: ReaderConfig{Stream: "latido-events", Subject: "latido.*.>", Known: func() uint64 { return c.seen }}}
			beat := &nats.Msg{Header: nats.Header{"Status": {"100"}, "Nats-Last-Consumer": {"0"}}}
			for n := 1; n <= lateBeats; n++ {
				err := r.handleStatus(t.Context(), beat)
				if want := c.stuck && n == lateBeats; errors.Is(err, errStuck) != want || err != nil && !want {
					t.Errorf("heartbeat %d: %v", n, err)
				}
			}
		})
	}
}
