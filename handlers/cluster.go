package handlers

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"latido/handlers/sse"
	"latido/hub"
	"latido/streams/event"
	"latido/views"
)

// Cluster tells of the nodes beside this one.
type Cluster interface {
	// Name is what this node is called.
	Name() string
	// Others answers what the other nodes have told last, in no order.
	Others() []NodeReport
}

// NodeReport is what a node tells the others about itself. Its JSON is 64 KiB at
// most.
type NodeReport struct {
	Name      string         `json:"name"`
	Version   string         `json:"version"`
	Started   time.Time      `json:"started"`
	Streams   int            `json:"streams"`            // open
	Channels  map[string]int `json:"channels,omitempty"` // open streams of those with the most
	Users     int            `json:"users"`              // with an open stream
	UserIDs   []int64        `json:"user_ids,omitempty"` // who they are; none when there are more than maxReportUsers
	Published uint64         `json:"published"`          // events, since it was started
	Delivered uint64         `json:"delivered"`          // events to streams, since then
}

const (
	// maxReportUsers bounds the users whose ids a report names: two nodes may have
	// streams of the same ones, which shall count once.
	maxReportUsers = 1000

	// maxReportNames bounds the channels' names in a report, in bytes of JSON.
	maxReportNames = 32 << 10
)

// Report is what this node tells the others.
func Report(name, version string, started time.Time, h *hub.Hub, door *sse.Server) NodeReport {
	s := h.Stats()
	return NodeReport{
		Name: name, Version: version, Started: started, Streams: s.Streams, Channels: largest(s.Channels),
		Users: s.Users, UserIDs: h.Users(maxReportUsers), Published: s.Published, Delivered: door.Stats().Deliveries,
	}
}

// largest answers as many channels as fit into a report, those with the most
// streams first.
func largest(channels map[string]int) map[string]int {
	names := sortedKeys(channels)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(channels[b], channels[a]) })
	fit, size := map[string]int{}, 0
	for _, name := range names {
		text, _ := json.Marshal(name) // a string always can be
		if size += len(text) + len(`:1234567,`); size > maxReportNames {
			break
		}
		fit[name] = channels[name]
	}
	return fit
}

// census counts over all nodes.
type census struct {
	own   hub.Stats
	nodes []NodeReport // this one first; none when there is only one process

	streams, users int
	channels       map[string]int
}

// census adds this node's numbers of now to what the others have told last.
func (a *api) census() census {
	c := census{own: a.Hub.Stats()}
	c.streams, c.users, c.channels = c.own.Streams, c.own.Users, c.own.Channels
	if a.Cluster == nil {
		return c
	}
	others := a.Cluster.Others()
	slices.SortFunc(others, func(a, b NodeReport) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Started.Compare(b.Started))
	})
	c.nodes = append([]NodeReport{Report(a.Cluster.Name(), a.Version, a.Started, a.Hub, a.Streams)}, others...)
	c.channels = maps.Clone(c.channels)
	for _, n := range others {
		c.streams += n.Streams
		for name, streams := range n.Channels {
			c.channels[name] += streams
		}
	}
	c.users = countUsers(c.nodes)
	return c
}

// countUsers counts each user once where nodes name them. Of a node with too many
// to name all count, also those that another node has.
func countUsers(nodes []NodeReport) (n int) {
	named := map[int64]bool{}
	for _, node := range nodes {
		if len(node.UserIDs) < node.Users {
			n += node.Users
			continue
		}
		for _, id := range node.UserIDs {
			named[id] = true
		}
	}
	return n + len(named)
}

// present gives the rows of the nodes, this one's first.
func (c census) present(now time.Time) (rows []views.Node) {
	for i, n := range c.nodes {
		rows = append(rows, views.Node{
			Name: n.Name, Own: i == 0, Streams: n.Streams, Users: n.Users, Published: n.Published, Delivered: n.Delivered,
			Uptime: max(0, now.Sub(n.Started).Round(time.Second)), Version: n.Version,
		})
	}
	return rows
}

// ofThisNode reports whether a sample of a machine is shown on this node's pages:
// each node shows its own machine.
func (a *api) ofThisNode(e *hub.Event) bool {
	s := event.As[event.SystemMetrics](e)
	return a.Cluster == nil || s == nil || s.Node == "" || s.Node == a.Cluster.Name()
}

// machineEvents answers the newest samples that this node's pages show.
func (a *api) machineEvents(upTo uint64) []*hub.Event {
	n := sparkSamples
	if a.Cluster != nil {
		n = foldEvents // other nodes' samples lie between
	}
	events := slices.DeleteFunc(a.Hub.Recent(hub.ChannelTopic("metrics"), upTo, n), func(e *hub.Event) bool { return !a.ofThisNode(e) })
	return events[max(0, len(events)-sparkSamples):]
}
