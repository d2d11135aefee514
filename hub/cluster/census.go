package cluster

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"latido/hub"
)

// Report is what a node reports to the others about itself. NewReport makes one whose
// JSON is smaller than MaxReport.
type Report struct {
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

// NewReport returns what a node reports of its hub. delivered is how many events its
// streams have been sent.
func NewReport(name, version string, started time.Time, h *hub.Hub, delivered uint64) Report {
	s := h.Stats()
	return Report{
		Name: name, Version: version, Started: started, Streams: s.Streams, Channels: largest(s.Channels),
		Users: s.Users, UserIDs: h.Users(maxReportUsers), Published: s.Published, Delivered: delivered,
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
	Nodes []Report // this one first; none when there is only one process

	Streams, Users int
	Channels       map[string]int // streams by channel
}

// Count adds the newest reports of the other nodes to the numbers of this one. The first
// of nodes is this node's report; there is none when there is only one process.
func Count(own hub.Stats, nodes ...Report) Census {
	c := Census{Own: own, Nodes: nodes, Streams: own.Streams, Users: own.Users, Channels: own.Channels}
	if len(nodes) == 0 {
		return c
	}
	others := nodes[1:]
	slices.SortFunc(others, func(a, b Report) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Started.Compare(b.Started))
	})
	c.Channels = maps.Clone(c.Channels)
	for _, n := range others {
		c.Streams += n.Streams
		for name, streams := range n.Channels {
			c.Channels[name] += streams
		}
	}
	c.Users = countUsers(nodes)
	return c
}

// countUsers counts each user once where nodes name them. All users of a node with
// too many to name count, also those that another node has.
func countUsers(nodes []Report) (n int) {
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
