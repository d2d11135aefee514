package pages

import (
	"cmp"
	"errors"
	"maps"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"time"

	"latido/handlers/sse"
	"latido/handlers/web"
	"latido/hub"
	"latido/streams/event"
	"latido/views"
)

// beatAge is how old the state of a heartbeat may be: many pages beat at
// different moments and share it.
const beatAge = time.Second

// beatCache shares what heartbeats carry between pages, and how their streams behave.
type beatCache struct {
	mu    sync.Mutex
	state views.Beat
	kinds map[beatKey]*sse.Kind
	looks []look // at the counters, oldest first
}

// beatKey is what heartbeats differ by. Whatever cards the URL of a stream
// names, there are few of them.
type beatKey struct {
	lang             views.Lang
	dashboard, notes bool // streams of the dashboard, or of the inbox alone
	machine, hub     bool
	share            string // the cards of a share link, in their order; "" for other pages
}

func (q liveQuery) beatKey() beatKey {
	k := beatKey{lang: q.lang}
	if q.share != "" {
		k.share = strings.Join(q.cards, ",")
	}
	for _, card := range q.cards {
		switch card {
		case "machine":
			k.machine = true
		case "hub":
			k.hub = true
		case "notifications":
			k.notes = true
		default:
			k.dashboard = true
		}
	}
	return k
}

// beat is the state of this process now, as far as a page shows it.
func (a *App) beat(q liveQuery) views.Beat {
	a.beats.mu.Lock()
	defer a.beats.mu.Unlock()
	return a.beatLocked(q.beatKey())
}

func (a *App) beatLocked(k beatKey) views.Beat {
	if time.Since(a.beats.state.At) >= beatAge {
		a.beats.state = a.newBeat()
	}
	b := a.beats.state
	b.Dashboard = k.dashboard && k.share == ""
	if k.share != "" {
		b = sharedBeat(b, strings.Split(k.share, ","))
	} else if !k.dashboard {
		b.Streams = slices.DeleteFunc(slices.Clone(b.Streams), func(s views.StreamState) bool {
			return !k.notes || s.Name != "notifications"
		})
	}
	if !k.machine {
		b.Machine = nil
	}
	if !k.hub {
		b.Hub = nil
	}
	return b
}

// pageKind is how the streams of pages behave that show the same heartbeat. Rendering
// one takes time, so the goroutines that write streams share a frame that is made
// elsewhere. There are as few kinds as there are keys.
func (a *App) pageKind(q liveQuery) *sse.Kind {
	k := q.beatKey()
	a.beats.mu.Lock()
	defer a.beats.mu.Unlock()
	if a.beats.kinds == nil {
		a.beats.kinds = map[beatKey]*sse.Kind{}
	}
	if a.beats.kinds[k] == nil {
		a.beats.kinds[k] = &sse.Kind{NoStore: true, HeartbeatEvery: beatEvery,
			Heartbeat: a.Streams.SharedHeartbeat(beatAge, func() []byte { return a.beatFrame(k) })}
	}
	return a.beats.kinds[k]
}

// beatFrame is the heartbeat of a page. It has no id: it says nothing about
// events, and pages that go quiet are sent their state when they come back.
func (a *App) beatFrame(k beatKey) []byte {
	a.beats.mu.Lock()
	b := a.beatLocked(k)
	a.beats.mu.Unlock()
	return a.htmlFrame("", 0, views.LiveBeat(k.lang, b))
}

// newBeat looks at everything; beats.mu is held.
func (a *App) newBeat() views.Beat {
	now := time.Now()
	producers := a.Node.Producers()
	all := a.Census()
	s := all.Own
	h := a.presentHub(s, producers)
	h.Nodes = presentNodes(all, now)
	h.Traffic = a.presentTraffic(s)
	a.beats.rate(now, &h.Traffic)
	return views.Beat{
		At: now, Streams: streamStates(producers), Store: storeState(s.Trouble), Stats: presentStats(all, now),
		Machine: a.Node.Machine(), Hub: h,
	}
}

// storeState says whether events can be stored.
func storeState(trouble error) string {
	switch {
	case trouble == nil:
		return views.StoreFine
	case errors.Is(trouble, hub.ErrFull):
		return views.StoreFull
	}
	return views.StoreAway
}

// rateWindow is how far back rates look: over two heartbeats of a page that is
// alone, and not so far that a number stands still.
const rateWindow = 12 * time.Second

// rateReach is how far they look back when nobody looked since: a page without
// scripts comes again every 30 s, and would never see a rate.
const rateReach = 45 * time.Second

// look is what the counters said at a moment.
type look struct {
	at     time.Time
	counts [5]uint64
}

func countersOf(t *views.Traffic) [5]*views.Counter {
	return [...]*views.Counter{&t.Published, &t.Read, &t.Delivered, &t.Bytes, &t.Writes}
}

// rate fills in how fast the counters grew since the oldest look within the
// window, or else since the last one before, and remembers this one. Nobody
// looks while no page is open, so there may be none.
func (c *beatCache) rate(now time.Time, t *views.Traffic) {
	l := look{at: now}
	for i, counter := range countersOf(t) {
		l.counts[i] = counter.Total
	}
	var last time.Time
	if n := len(c.looks); n > 0 {
		last = c.looks[n-1].at
	}
	c.looks = slices.DeleteFunc(c.looks, func(old look) bool {
		age := now.Sub(old.at)
		return age > rateReach || age > rateWindow && old.at.Before(last)
	})
	if len(c.looks) > 0 {
		t.Rated = true
		old := c.looks[0]
		for i, counter := range countersOf(t) {
			counter.PerSecond = float64(l.counts[i]-old.counts[i]) / now.Sub(old.at).Seconds()
		}
	}
	c.looks = append(c.looks, l)
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
			// One that another node runs is as good as one of ours.
			if p.State != "running" && p.State != "elsewhere" {
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

func presentStats(all web.Census, now time.Time) views.Stats {
	v := views.Stats{At: now, Total: all.Streams, Users: all.Users}
	for name, n := range all.Channels {
		v.Channels = append(v.Channels, views.ChannelCount{Name: name, Count: n})
	}
	slices.SortFunc(v.Channels, func(a, b views.ChannelCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	v.Channels = v.Channels[:min(len(v.Channels), maxChannelCounts)]
	return v
}

func (a *App) presentHub(s hub.Stats, producers []views.Producer) *views.Hub {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	return &views.Hub{
		Epoch: s.Head.Epoch, First: s.Stored.First, Last: s.Head.Seq, StoredBytes: s.Stored.Bytes,
		Topics: s.Topics, MemoryEvents: s.Events, MemoryBytes: s.Bytes,
		HeapBytes: samples[0].Value.Uint64(), Goroutines: int(samples[1].Value.Uint64()),
		Uptime: time.Since(a.Started).Round(time.Second), Version: a.Version, Producers: producers,
	}
}

func (a *App) presentTraffic(s hub.Stats) views.Traffic {
	w := a.Streams.Stats()
	refusedStreams, refusedRequests := a.Refused()
	t := views.Traffic{
		Open: w.Open, TakenOver: w.TakenOver, Parked: w.Parked, Opened: w.Opened, Refused: w.Refused + refusedStreams,
		Denied:    refusedRequests,
		Published: views.Counter{Total: s.Published}, Read: views.Counter{Total: s.Read},
		Delivered: views.Counter{Total: w.Deliveries}, Bytes: views.Counter{Total: w.Bytes}, Writes: views.Counter{Total: w.Writes},
		Gaps: s.Gaps, Thinned: a.Conflated.Load(), Lag: w.Lag,
	}
	for _, r := range sse.EndReasons() {
		t.Ended = append(t.Ended, views.Ended{Reason: r.String(), Count: w.Ended[r]})
	}
	return t
}

// presentNodes gives the rows of the nodes, this one's first.
func presentNodes(c web.Census, now time.Time) (rows []views.Node) {
	for i, n := range c.Nodes {
		rows = append(rows, views.Node{
			Name: n.Name, Own: i == 0, Streams: n.Streams, Users: n.Users, Published: n.Published, Delivered: n.Delivered,
			Uptime: max(0, now.Sub(n.Started).Round(time.Second)), Version: n.Version,
		})
	}
	return rows
}

// ofThisNode reports whether a sample of a machine is shown on this node's pages:
// each node shows its own machine.
func (a *App) ofThisNode(e *hub.Event) bool {
	s := event.As[event.SystemMetrics](e)
	return a.Cluster == nil || s == nil || s.Node == "" || s.Node == a.Cluster.Name()
}

// machineEvents answers the newest samples that this node's pages show.
func (a *App) machineEvents(upTo uint64) []*hub.Event {
	n := sparkSamples
	if a.Cluster != nil {
		n = foldEvents // other nodes' samples lie between
	}
	events := slices.DeleteFunc(a.Hub.Recent(hub.ChannelTopic("metrics"), upTo, n), func(e *hub.Event) bool { return !a.ofThisNode(e) })
	return events[max(0, len(events)-sparkSamples):]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
