package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latido/hub"
	"latido/hub/hubtest"
	"latido/hub/journal"
	"latido/hub/journal/engine"
	"latido/hub/journal/engine/natstest"
)

// clusterConfig is that of a node of a cluster.
func clusterConfig(c *natstest.Cluster) journal.Config {
	cfg := c.Config()
	return journal.Config{Config: engine.Config{Timeout: cfg.Timeout, Cluster: cfg.Cluster}}
}

// TestClusterConformance: a journal whose events are on three servers meets the contract.
func TestClusterConformance(t *testing.T) {
	sizes := map[string]int{"one server": 1, "three servers": 3}
	if testing.Short() { // see make check
		delete(sizes, "one server")
	}
	for name, servers := range sizes {
		t.Run(name, func(t *testing.T) {
			c := natstest.Start(t, servers)
			hubtest.RunJournalTests(t, func(t *testing.T) hub.Journal {
				t.Cleanup(func() { c.Empty() })
				return open(t, clusterConfig(c))
			})
		})
	}
}

// TestNodesThatStartTogether end up with one stream, in one epoch, and read what
// each other stores.
func TestNodesThatStartTogether(t *testing.T) {
	c := natstest.Start(t, 3)
	const nodes = 4
	opened := make([]*journal.Journal, nodes)
	var starting sync.WaitGroup
	for i := range nodes {
		starting.Go(func() {
			j, err := journal.Open(context.Background(), clusterConfig(c))
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
	c := natstest.Start(t, 1)
	store(t, open(t, clusterConfig(c)), draft(1))
	for name, change := range map[string]func(*journal.Config){
		"bytes stored: 1073741824 there, 67108864 asked for": func(cfg *journal.Config) { cfg.MaxBytes = 64 << 20 },
		"time kept: 168h0m0s there, 2h0m0s asked for":        func(cfg *journal.Config) { cfg.MaxAge = 2 * time.Hour },
		"replicas: 1 there, 3 asked for":                     func(cfg *journal.Config) { cfg.Cluster.Replicas = 3 },
	} {
		cfg := clusterConfig(c)
		change(&cfg)
		j, err := journal.Open(t.Context(), cfg)
		if err == nil {
			closeJournal(t, j)
		}
		if !errors.Is(err, engine.ErrMismatch) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want ErrMismatch and %q", err, name)
		}
	}
	j := open(t, clusterConfig(c))
	if b := bounds(t, j); b.First != 1 || b.Last != 1 {
		t.Errorf("afterwards the bounds are %+v", b)
	}
}

// TestNodesNoteEphemeralTogether: nodes that declare topics at the same moment do not
// undo each other's note, and each knows of all.
func TestNodesNoteEphemeralTogether(t *testing.T) {
	c := natstest.Start(t, 3)
	const nodes, each = 3, 8
	var opened []*journal.Journal
	for range nodes {
		opened = append(opened, open(t, clusterConfig(c)))
	}
	var want []hub.Topic
	var declaring sync.WaitGroup
	for n, j := range opened {
		for i := range each {
			d := draft(i)
			d.Channel, d.Ephemeral = fmt.Sprintf("node %d, channel %d", n, i), true
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
			if !slices.Contains(b.EphemeralTopics, topic) {
				t.Errorf("node %d does not know that %v carries ephemeral events", n, topic)
			}
		}
	}
}

// TestServersAreRestarted: one after the other. A reader of another node sees every
// event that was acknowledged, once and in order, and after each loss events are
// taken again.
func TestServersAreRestarted(t *testing.T) {
	c := natstest.Start(t, 3)
	cfg := clusterConfig(c)
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
	for i := range c.URLs() {
		for range 20 {
			publish(n)
			n++
		}
		c.StopServer(i)
		for range 20 {
			publish(n)
			n++
		}
		c.StartServer(i)
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
		t.Errorf("%d events have %d sequences", n, len(acked))
	}
}

// TestUnreachableClusterFailsAtOnce: without its servers a journal neither waits nor forgets, and
// goes on by itself.
func TestUnreachableClusterFailsAtOnce(t *testing.T) {
	c := natstest.Start(t, 1)
	j := open(t, clusterConfig(c))
	store(t, j, draft(1))
	c.StopServer(0)
	waitFor(t, "the journal to notice", func() bool { return j.Healthy(t.Context()) != nil })
	_, err := j.Append(t.Context(), draft(2))
	wantJournalError(t, "append", err)
	if err == nil || !strings.Contains(err.Error(), "no NATS server can be reached") {
		t.Errorf("append returns %v, which does not say why", err)
	}
	c.StartServer(0)
	waitFor(t, "the journal to go on", func() bool { return j.Healthy(t.Context()) == nil })
	if r := store(t, j, draft(2))[0]; r.ID.Seq != 2 {
		t.Errorf("then comes %s", r.ID)
	}
}
