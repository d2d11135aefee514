package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/journal"
)

// empty deletes whatever the nodes before have left on the servers.
func (c *natsCluster) empty(t *testing.T) {
	t.Helper()
	conn, err := nats.Connect(c.urls()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // the test's own has ended
	defer cancel()
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		if err := js.DeleteStream(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestClusterConformance: a journal whose events three servers keep is a journal.
func TestClusterConformance(t *testing.T) {
	sizes := map[string]int{"one server": 1, "three servers": 3}
	if testing.Short() { // see make check
		delete(sizes, "one server")
	}
	for name, servers := range sizes {
		t.Run(name, func(t *testing.T) {
			c := startCluster(t, servers)
			hubtest.RunJournalTests(t, func(t *testing.T) hub.Journal {
				t.Cleanup(func() { c.empty(t) })
				return open(t, c.config())
			})
		})
	}
}

// TestNodesThatStartTogether end up with one stream, in one epoch, and read what
// each other stores.
func TestNodesThatStartTogether(t *testing.T) {
	c := startCluster(t, 3)
	const nodes = 4
	opened := make([]*journal.Journal, nodes)
	var starting sync.WaitGroup
	for i := range nodes {
		starting.Go(func() {
			j, err := journal.Open(context.Background(), c.config())
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { closeJournal(t, j) })
			opened[i] = j
		})
	}
	starting.Wait()
	if t.Failed() {
		return
	}
	epoch := bounds(t, opened[0]).Epoch
	for i, j := range opened {
		if r := store(t, j, draft(i))[0]; r.ID.Epoch != epoch || r.ID.Seq != uint64(i+1) {
			t.Errorf("node %d stores %s, want %s-%d", i, r.ID, epoch, i+1)
		}
	}
	for i, j := range opened {
		if events := read(t, j, 1, nodes); len(events) != nodes {
			t.Errorf("node %d reads %d events, want %d", i, len(events), nodes)
		}
	}
}

// TestMismatch: a node that wants the stream otherwise says so, both ways, and
// changes nothing.
func TestMismatch(t *testing.T) {
	c := startCluster(t, 1)
	store(t, open(t, c.config()), draft(1))
	for name, change := range map[string]func(*journal.Config){
		"bytes kept: 1073741824 there, 67108864 asked for": func(cfg *journal.Config) { cfg.MaxBytes = 64 << 20 },
		"time kept: 168h0m0s there, 2h0m0s asked for":      func(cfg *journal.Config) { cfg.MaxAge = 2 * time.Hour },
		"replicas: 1 there, 3 asked for":                   func(cfg *journal.Config) { cfg.Cluster.Replicas = 3 },
	} {
		cfg := c.config()
		change(&cfg)
		j, err := journal.Open(t.Context(), cfg)
		if err == nil {
			closeJournal(t, j)
		}
		if !errors.Is(err, journal.ErrMismatch) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want ErrMismatch and %q", err, name)
		}
	}
	j := open(t, c.config())
	if b := bounds(t, j); b.First != 1 || b.Last != 1 {
		t.Errorf("afterwards the bounds are %+v", b)
	}
}

// TestNodesNoteSamplesTogether: nodes that declare topics at the same moment do not
// undo each other's note, and each knows of all.
func TestNodesNoteSamplesTogether(t *testing.T) {
	c := startCluster(t, 3)
	const nodes, each = 3, 8
	var opened []*journal.Journal
	for range nodes {
		opened = append(opened, open(t, c.config()))
	}
	var want []hub.Topic
	var declaring sync.WaitGroup
	for n, j := range opened {
		for i := range each {
			d := draft(i)
			d.Channel, d.Sample = fmt.Sprintf("node %d, channel %d", n, i), true
			want = append(want, hub.ChannelTopic(d.Channel))
			declaring.Go(func() {
				if _, err := j.Append(context.Background(), d); err != nil {
					t.Error(err)
				}
			})
		}
	}
	declaring.Wait()
	for n, j := range opened {
		b := bounds(t, j)
		for _, topic := range want {
			if !slices.Contains(b.Sampled, topic) {
				t.Errorf("node %d does not know that %v carries samples", n, topic)
			}
		}
	}
}

// TestServersAreRestarted: one after the other. A reader of another node sees every
// event that was acknowledged, once and in order, and after each loss events are
// taken again.
func TestServersAreRestarted(t *testing.T) {
	c := startCluster(t, 3)
	cfg := c.config()
	cfg.Timeout = 0 // as programs have it
	writer, reader := open(t, cfg), open(t, cfg)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	acked := map[uint64]string{}
	publish := func(n int) {
		for key := draft(n); ; {
			key.Key = fmt.Sprint(n)
			r, err := writer.Append(ctx, key)
			if err == nil {
				acked[r.ID.Seq] = string(key.Data)
				return
			}
			if !errors.Is(err, hub.ErrJournal) {
				t.Fatal(err)
			}
		}
	}
	n := 0
	for i := range c.servers {
		for range 20 {
			publish(n)
			n++
		}
		c.stop(i)
		for range 20 {
			publish(n)
			n++
		}
		c.start(i)
	}
	last := slices.Max(slices.Collect(maps.Keys(acked)))
	seen, next := map[uint64]string{}, uint64(1)
	for next <= last && ctx.Err() == nil {
		err := reader.Follow(ctx, next, func(e *hub.Event) error {
			if e.ID.Seq != next {
				t.Errorf("event %d comes where %d is due", e.ID.Seq, next)
			}
			seen[e.ID.Seq] = string(e.Data)
			if next = e.ID.Seq + 1; next > last {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) && !errors.Is(err, hub.ErrJournal) {
			t.Fatal(err)
		}
	}
	for seq, data := range acked {
		if seen[seq] != data {
			t.Errorf("%d was acknowledged as %s and reads %s", seq, data, seen[seq])
		}
	}
	if len(acked) != n {
		t.Errorf("%d events have %d places", n, len(acked))
	}
}

// TestAwayIsToldAtOnce: without its servers a journal neither waits nor forgets, and
// goes on by itself.
func TestAwayIsToldAtOnce(t *testing.T) {
	c := startCluster(t, 1)
	j := open(t, c.config())
	store(t, j, draft(1))
	c.stop(0)
	waitFor(t, "the journal to notice", func() bool { return j.Healthy(t.Context()) != nil })
	_, err := j.Append(t.Context(), draft(2))
	wantJournalError(t, "append", err)
	if err == nil || !strings.Contains(err.Error(), "no NATS server can be reached") {
		t.Errorf("append answers %v, which does not say why", err)
	}
	c.start(0)
	waitFor(t, "the journal to go on", func() bool { return j.Healthy(t.Context()) == nil })
	if r := store(t, j, draft(2))[0]; r.ID.Seq != 2 {
		t.Errorf("then comes %s", r.ID)
	}
}

// TestRoles: one node at a time has a role; it passes on when its node ends, and
// when its node dies without a word.
func TestRoles(t *testing.T) {
	c := startCluster(t, 1)
	var holders atomic.Int32
	type holder struct {
		nodes *journal.Nodes
		has   chan struct{}
		stop  context.CancelFunc
		ended chan error
	}
	hold := func() *holder {
		n, err := journal.OpenNodes(t.Context(), c.config())
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		h := &holder{n, make(chan struct{}), stop, make(chan error, 1)}
		go func() {
			h.ended <- n.Hold(ctx, "one", func(ctx context.Context) error {
				if now := holders.Add(1); now != 1 {
					t.Errorf("%d nodes have the role", now)
				}
				close(h.has)
				<-ctx.Done()
				holders.Add(-1)
				return nil
			})
		}()
		return h
	}
	wait := func(what string, h *holder) {
		t.Helper()
		select {
		case <-h.has:
		case <-time.After(30 * time.Second):
			t.Fatalf("%s does not get the role", what)
		}
	}
	end := func(h *holder) {
		h.stop()
		if err := <-h.ended; err != nil {
			t.Error(err)
		}
		h.nodes.Close()
	}
	first := hold()
	wait("the first node", first)
	second := hold()
	end(first)
	wait("the second node", second)
	third := hold()
	second.nodes.Close() // it cannot say that it goes
	wait("the third node", third)
	end(second)
	end(third)
}

// TestReports: nodes hear each other, and no more of one that has ended.
func TestReports(t *testing.T) {
	c := startCluster(t, 3)
	var nodes []*journal.Nodes
	var stops []func()
	for _, text := range []string{`"a"`, `"b"`, `"c"`} {
		n, err := journal.OpenNodes(t.Context(), c.config())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Close)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- n.Run(ctx, func() ([]byte, error) { return []byte(text), nil }) }()
		stop := sync.OnceFunc(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		t.Cleanup(stop)
		nodes, stops = append(nodes, n), append(stops, stop)
	}
	heard := func(n *journal.Nodes) string {
		var all []string
		for _, r := range n.Others() {
			all = append(all, string(r))
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	waitFor(t, "all to hear each other", func() bool {
		return heard(nodes[0]) == `"b" "c"` && heard(nodes[1]) == `"a" "c"` && heard(nodes[2]) == `"a" "b"`
	})
	stops[1]()
	waitFor(t, "the others to hear no more of one", func() bool { return heard(nodes[0]) == `"c"` && heard(nodes[2]) == `"a"` })
}
