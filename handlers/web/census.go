package web

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"latido/handlers/sse"
	"latido/hub"
)

// Cluster knows the nodes beside this one.
type Cluster interface {
	// Name returns the name of this node.
	Name() string
	// Others returns the newest report of each other node, in no order.
	Others() []NodeReport
}

// NodeReport is what a node reports to the others about itself. Its JSON is 64 KiB
// at most.
type NodeReport struct {
	Name      string         `json:"name"`
	Version   string         `json:"version"`
	Started   time.Time      `json:"started"`
	Streams   int            `json:"streams"`            // open
	Channels  map[string]int `json:"channels,omitempty"` // open streams of those with the most
	Users     int            `json:"users"`              // with an open stream
	UserIDs   []int64        `json:"user_ids,omitempty"` // their ids; none when there are more than maxReportUsers
	Published uint64         `json:"published"`          // events, since it was started
	Delivered uint64         `json:"delivered"`          // events to streams, since then
}

const (
	// maxReportUsers bounds the users whose ids a report names: two nodes may have
	// streams of the same ones, which count once.
	maxReportUsers = 1000

	// maxReportNames bounds the channels' names in a report, in bytes of JSON.
	maxReportNames = 32 << 10
)

// Report returns what this node reports to the others.
func Report(name, version string, started time.Time, h *hub.Hub, streams *sse.Server) NodeReport {
	s := h.Stats()
	return NodeReport{
		Name: name, Version: version, Started: started, Streams: s.Streams, Channels: largest(s.Channels),
		Users: s.Users, UserIDs: h.Users(maxReportUsers), Published: s.Published, Delivered: streams.Stats().Deliveries,
	}
}

// largest returns as many channels as fit into a report, those with the most
// streams first.
func largest(channels map[string]int) map[string]int {
	names := slices.Sorted(maps.Keys(channels))
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

// Census is the counts of all nodes.
type Census struct {
	Own   hub.Stats
	Nodes []NodeReport // this one first; none when there is only one process

	Streams, Users int
	Channels       map[string]int // streams by channel
}

// Census adds this node's numbers of now to the newest reports of the others.
func (k *Kernel) Census() Census {
	c := Census{Own: k.Hub.Stats()}
	c.Streams, c.Users, c.Channels = c.Own.Streams, c.Own.Users, c.Own.Channels
	if k.Cluster == nil {
		return c
	}
	others := k.Cluster.Others()
	slices.SortFunc(others, func(a, b NodeReport) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Started.Compare(b.Started))
	})
	c.Nodes = append([]NodeReport{Report(k.Cluster.Name(), k.Version, k.Started, k.Hub, k.Streams)}, others...)
	c.Channels = maps.Clone(c.Channels)
	for _, n := range others {
		c.Streams += n.Streams
		for name, streams := range n.Channels {
			c.Channels[name] += streams
		}
	}
	c.Users = countUsers(c.Nodes)
	return c
}

// countUsers counts each user once where nodes name them. All users of a node with
// too many to name count, also those that another node has.
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
