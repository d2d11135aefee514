package hub_test

import (
	"context"
	"testing"

	"latido/hub"
	"latido/hub/hubtest"
)

// TestObserverHearsOfEverything: of every topic, in order and each once, also
// what is read back at the start and after the reader had to begin again.
func TestObserverHearsOfEverything(t *testing.T) {
	j := hubtest.NewJournal()
	before := start(t, j, hub.Options{})
	publish(t, before, hub.ChannelTopic("a"), 2)
	publish(t, before, hub.UserTopic(7), 1)

	h := hub.New(j, hub.Options{})
	var heard []uint64 // under the hub's lock
	h.Observe(func(e *hub.Event) { heard = append(heard, e.ID.Seq) })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	<-h.Ready()
	publish(t, h, hub.Topic{Channel: "b", User: 8}, 1)
	reached(t, h, publish(t, h, hub.ChannelTopic("c"), 1))
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	equal(t, heard, 1, 2, 3, 4, 5)
}
