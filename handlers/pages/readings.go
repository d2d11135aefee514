package pages

import (
	"cmp"
	"errors"
	"runtime/metrics"
	"slices"
	"time"

	"latido/handlers/sse"
	"latido/hub"
	"latido/hub/cluster"
	"latido/streams/card"
	"latido/streams/event"
)

// read takes the readings of this moment. The runner of the cards calls it, once at
// a time.
func (a *App) read() *card.Readings {
	now := time.Now()
	producers := a.Node.Producers()
	all := a.Census()
	r := &card.Readings{
		At: now, Store: storeState(all.Own.Trouble), Producers: producers, Machine: a.Node.Machine(),
		Streams: countStreams(all), Hub: a.describeHub(all.Own, producers),
	}
	r.Hub.Nodes = describeNodes(all, now)
	r.Hub.Traffic = a.countTraffic(all.Own)
	a.rates.fill(now, &r.Hub.Traffic)
	return r
}

// storeState says whether events can be stored.
func storeState(trouble error) string {
	switch {
	case trouble == nil:
		return card.StoreFine
	case errors.Is(trouble, hub.ErrFull):
		return card.StoreFull
	}
	return card.StoreAway
}

// maxChannelCounts bounds the channels whose streams are listed.
const maxChannelCounts = 8

func countStreams(all cluster.Census) card.StreamsView {
	v := card.StreamsView{At: time.Now(), Total: all.Streams, Users: all.Users}
	for name, n := range all.Channels {
		v.Channels = append(v.Channels, card.ChannelCount{Name: name, Count: n})
	}
	slices.SortFunc(v.Channels, func(a, b card.ChannelCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	v.Channels = v.Channels[:min(len(v.Channels), maxChannelCounts)]
	return v
}

func (a *App) describeHub(s hub.Stats, producers []event.Producer) *card.HubView {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	return &card.HubView{
		Epoch: s.Head.Epoch, First: s.Stored.First, Last: s.Head.Seq, StoredBytes: s.Stored.Bytes,
		Topics: s.Topics, MemoryEvents: s.Events, MemoryBytes: s.Bytes + s.Frames,
		HeapBytes: samples[0].Value.Uint64(), Goroutines: int(samples[1].Value.Uint64()),
		Uptime: time.Since(a.Started).Round(time.Second), Version: a.Version, Producers: producers,
	}
}

func (a *App) countTraffic(s hub.Stats) card.Traffic {
	w := a.Kernel.Streams.Stats()
	refusedStreams, refusedRequests := a.Refused()
	t := card.Traffic{
		Open: w.Open, TakenOver: w.TakenOver, Parked: w.Parked, Opened: w.Opened, Refused: w.Refused + refusedStreams,
		Denied:    refusedRequests,
		Published: card.Counter{Total: s.Published}, Read: card.Counter{Total: s.Read},
		Delivered: card.Counter{Total: w.Deliveries}, Bytes: card.Counter{Total: w.Bytes}, Writes: card.Counter{Total: w.Writes},
		Gaps: s.Gaps, Conflated: a.Conflated.Load(), Lag: w.Lag,
	}
	for r, n := range w.Ended {
		t.Ended = append(t.Ended, card.Ended{Reason: sse.EndReason(r).String(), Count: n})
	}
	return t
}

// describeNodes gives the rows of the nodes, this one's first.
func describeNodes(c cluster.Census, now time.Time) (rows []card.Node) {
	for i, n := range c.Nodes {
		rows = append(rows, card.Node{
			Name: n.Name, Own: i == 0, Streams: n.Streams, Users: n.Users, Published: n.Published, Delivered: n.Delivered,
			Uptime: max(0, now.Sub(n.Started).Round(time.Second)), Version: n.Version,
		})
	}
	return rows
}
