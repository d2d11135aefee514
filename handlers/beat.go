package handlers

import (
	"cmp"
	"maps"
	"runtime/metrics"
	"slices"
	"sync"
	"time"

	"latido/hub"
	"latido/views"
)

// beatAge is how old the state of a heartbeat may be: many pages beat at
// different moments and share it.
const beatAge = time.Second

// beatCache shares what heartbeats carry between pages.
type beatCache struct {
	mu    sync.Mutex
	state views.Beat
	bytes map[beatKey][]byte
}

type beatKey struct {
	lang         views.Lang
	machine, hub bool
}

// beat is the state of this process now, for a page.
func (a *api) beat(q liveQuery) views.Beat {
	a.beats.mu.Lock()
	defer a.beats.mu.Unlock()
	return a.beatLocked(q)
}

func (a *api) beatLocked(q liveQuery) views.Beat {
	if time.Since(a.beats.state.At) >= beatAge {
		a.beats.state = a.newBeat()
		a.beats.bytes = map[beatKey][]byte{}
	}
	b := a.beats.state
	if !q.shows("machine") {
		b.Machine = nil
	}
	if !q.shows("hub") {
		b.Hub = nil
	}
	return b
}

// beatFrame is the heartbeat of a page. It has no id: it says nothing about
// events, and pages that go quiet are sent their state when they come back.
func (a *api) beatFrame(q liveQuery) []byte {
	a.beats.mu.Lock()
	defer a.beats.mu.Unlock()
	b := a.beatLocked(q)
	key := beatKey{q.lang, b.Machine != nil, b.Hub != nil}
	if a.beats.bytes[key] == nil {
		a.beats.bytes[key] = a.htmlFrame(hub.ID{}, 0, views.LiveBeat(q.lang, b))
	}
	return a.beats.bytes[key]
}

func (a *api) newBeat() views.Beat {
	now := time.Now()
	producers := a.Node.Producers()
	s := a.Hub.Stats()
	return views.Beat{
		At: now, Streams: streamStates(producers), Stats: presentStats(s, now),
		Machine: a.Node.Machine(), Hub: a.presentHub(s, producers),
	}
}

// producersOf names the producers behind each stream of the page.
var producersOf = map[string][]string{
	"metrics": {"metrics"}, "trading": {"trading"}, "logs": {"logs", "logs-demo"},
	"notifications": {"notifications"},
}

// streamStates says how each stream's producers do: retrying if one is, idle if
// there is none and events come only from outside. Tasks have no producer that
// could fail: this process offers some, always.
func streamStates(producers []views.Producer) (states []views.StreamState) {
	for _, name := range []string{"metrics", "trading", "logs", "notifications", "tasks"} {
		s := views.StreamState{Name: name, State: "idle"}
		if name == tasksChannel {
			s.State = "running"
		}
		for _, p := range producers {
			if !slices.Contains(producersOf[name], p.Name) {
				continue
			}
			if p.State != "running" {
				s.State, s.Error = "retrying", p.Error
				break
			}
			s.State = "running"
		}
		states = append(states, s)
	}
	return states
}

// maxChannelCounts bounds the channels listed on the statistics card.
const maxChannelCounts = 8

func presentStats(s hub.Stats, now time.Time) views.Stats {
	v := views.Stats{At: now, Total: s.Streams, Users: s.Users}
	for name, n := range s.Channels {
		v.Channels = append(v.Channels, views.ChannelCount{Name: name, Count: n})
	}
	slices.SortFunc(v.Channels, func(a, b views.ChannelCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	v.Channels = v.Channels[:min(len(v.Channels), maxChannelCounts)]
	return v
}

func (a *api) presentHub(s hub.Stats, producers []views.Producer) *views.Hub {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	w := a.Streams.Stats()
	v := &views.Hub{
		Epoch: s.Head.Epoch, First: s.Stored.First, Last: s.Head.Seq, StoredBytes: s.Stored.Bytes,
		Published: s.Published, Read: s.Read, Gaps: s.Gaps, Delivered: w.Deliveries,
		Streams: s.Streams, Topics: s.Topics, MemoryEvents: s.Events, MemoryBytes: s.Bytes,
		HeapBytes: samples[0].Value.Uint64(), Goroutines: int(samples[1].Value.Uint64()),
		Uptime: time.Since(a.Started).Round(time.Second), Version: a.Version, Producers: producers,
	}
	return v
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
