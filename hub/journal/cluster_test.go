package journal_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"latido/hub"
	"latido/hub/hubtest"
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
	for name, servers := range map[string]int{"one server": 1, "three servers": 3} {
		t.Run(name, func(t *testing.T) {
			c := startCluster(t, servers)
			hubtest.RunJournalTests(t, func(t *testing.T) hub.Journal {
				t.Cleanup(func() { c.empty(t) })
				return open(t, c.config())
			})
		})
	}
}
