package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"latido/hub"
	"latido/hub/hubtest"
)

// A subscriber that was away goes on after the last id it has seen.
func Example() {
	h := hub.New(hubtest.NewJournal(), hub.Options{})
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- h.Run(ctx) }()
	<-h.Ready()

	var ids []hub.ID
	for _, text := range []string{`{"text":"one"}`, `{"text":"two"}`, `{"text":"three"}`} {
		r, err := h.Publish(ctx, hub.Draft{Name: "broadcast", Channel: "general", Data: json.RawMessage(text)})
		if err != nil {
			log.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if err := h.Sync(ctx); err != nil { // or Feed.Listen, to be called when there is more
		log.Fatal(err)
	}

	lines := hub.NewFormat("lines", func(e *hub.Event) []byte { return fmt.Appendf(nil, "%s\n", e.Data) })
	c, err := h.Subscribe(ctx, hub.Request{Topics: []hub.Topic{hub.ChannelTopic("general")}, Format: lines, After: ids[0]})
	if err != nil {
		log.Fatal(err)
	}
	var due hub.Batch
	c.Due(&due)
	for _, f := range due.Frames {
		fmt.Printf("%s", f)
	}
	c.Pass(&due, len(due.Frames))
	fmt.Println("missed:", due.Gap != nil, "at the end:", c.Position() == ids[2])
	c.Close()
	stop()
	if err := <-stopped; err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"text":"two"}
	// {"text":"three"}
	// missed: false at the end: true
}
