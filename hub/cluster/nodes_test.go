package cluster_test

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latido/hub/cluster"
	"latido/hub/journal/engine/natstest"
)

func closeNodes(t *testing.T, n *cluster.Nodes) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

// waitFor waits for what no channel announces.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}

// TestRoles: one node at a time has a role; it passes on when its node ends, and
// when its node dies without a word.
func TestRoles(t *testing.T) {
	c := natstest.Start(t, 1)
	var holders atomic.Int32
	type holder struct {
		nodes *cluster.Nodes
		has   chan struct{}
		stop  context.CancelFunc
		ended chan error
	}
	hold := func() *holder {
		n, err := cluster.Open(t.Context(), c.Config())
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
		closeNodes(t, h.nodes)
	}
	first := hold()
	wait("the first node", first)
	second := hold()
	end(first)
	wait("the second node", second)
	third := hold()
	closeNodes(t, second.nodes) // it cannot say that it goes
	wait("the third node", third)
	end(second)
	end(third)
}

// TestReports: nodes hear each other, and no more of one that has ended.
func TestReports(t *testing.T) {
	c := natstest.Start(t, 3)
	var nodes []*cluster.Nodes
	var stops []func()
	for _, name := range []string{"a", "b", "c"} {
		n, err := cluster.Open(t.Context(), c.Config())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closeNodes(t, n) })
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- n.Run(ctx, func() cluster.Report { return cluster.Report{Name: name} }) }()
		stop := sync.OnceFunc(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		t.Cleanup(stop)
		nodes, stops = append(nodes, n), append(stops, stop)
	}
	heard := func(n *cluster.Nodes) string {
		var all []string
		for _, r := range n.Others() {
			all = append(all, r.Name)
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	waitFor(t, "all to hear each other", func() bool {
		return heard(nodes[0]) == "b c" && heard(nodes[1]) == "a c" && heard(nodes[2]) == "a b"
	})
	stops[1]()
	waitFor(t, "the others to hear no more of one", func() bool { return heard(nodes[0]) == "c" && heard(nodes[2]) == "a" })
}
