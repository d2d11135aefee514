package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"latido/handlers"
	"latido/hub"
	"latido/hub/cluster"
)

// fakeCluster is a node called "here" with others beside it.
type fakeCluster []cluster.Report

func (fakeCluster) Name() string               { return "here" }
func (c fakeCluster) Others() []cluster.Report { return append([]cluster.Report(nil), c...) }

// among puts a rig beside other nodes.
func among(others ...cluster.Report) func(*handlers.Config) {
	return func(c *handlers.Config) { c.Cluster = fakeCluster(others) }
}

// TestStatsAreTheWhole: streams and channels add up, a user counts once where nodes
// name theirs, and each node's share is there, this one's first.
func TestStatsAreTheWhole(t *testing.T) {
	r := newRig(t, among(
		cluster.Report{Name: "zeta", Streams: 5, Users: 2, UserIDs: []int64{7, 9}, Channels: map[string]int{"a": 4, "b": 1}},
		cluster.Report{Name: "alpha", Streams: 1200, Users: 1100, Channels: map[string]int{"a": 1200}},
	))
	s := r.open("/sse/events?channel=a&user_id=7")
	s.next()
	var got struct {
		Total    int            `json:"total_connections"`
		Channels map[string]int `json:"channels"`
		Users    int            `json:"users_connected"`
		Nodes    []struct {
			Name  string
			This  bool `json:"this_node"`
			Total int  `json:"total_connections"`
			Users int  `json:"users_connected"`
		}
	}
	a := r.do("GET", "/sse/stats", "")
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	// User 7 is here and on zeta; of alpha's 1,100 nobody knows who they are.
	if text := fmt.Sprint(got); text != "{1206 map[a:1205 b:1] 1102 [{here true 1 1} {alpha false 1200 1100} {zeta false 5 2}]}" {
		t.Errorf("%s", text)
	}
	page := r.do("GET", "/monitoring", "", "Accept-Language", "en").body
	for _, want := range []string{"<bdi>here</bdi> <small>this one</small>", "<bdi>alpha</bdi>", "<bdi>zeta</bdi>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the monitor lacks %s", want)
		}
	}
}

// TestOneProcessHasNoNodes: neither in the response nor on the page.
func TestOneProcessHasNoNodes(t *testing.T) {
	r := newRig(t)
	if a := r.do("GET", "/sse/stats", ""); a.status != 200 || strings.Contains(a.body, "nodes") {
		t.Errorf("stats responds with %d %s", a.status, a.body)
	}
	if page := r.do("GET", "/monitoring", ""); page.status != 200 || strings.Contains(page.body, "nodes-body") {
		t.Errorf("the monitor responds with %d, or shows nodes", page.status)
	}
}

// TestPagesShowTheirOwnMachine: the samples of other nodes are on the stream of all,
// but not on this node's pages.
func TestPagesShowTheirOwnMachine(t *testing.T) {
	r := newRig(t, among(cluster.Report{Name: "there"}))
	page := r.open("/live?cards=metrics")
	page.next()
	for _, node := range []string{"there", "here"} {
		r.post("/sse/broadcast/metrics?event=system_metrics", fmt.Sprintf(`{"node":%q,"cpu_percent":%d}`, node, len(node)*10+1))
	}
	if e := page.next(); !strings.Contains(e.Data, "41,0") || strings.Contains(e.Data, "51,0") { // "51" alone may be the time of day
		t.Errorf("the page's stream begins with %s", e.Data)
	}
	if body := r.do("GET", "/", "", "Accept-Language", "en").body; !strings.Contains(body, "41.0%") || strings.Contains(body, "51.0%") {
		t.Error("the page does not show this node's sample, or the other's")
	}
	s := r.open("/sse/metrics")
	if e := s.next(); !strings.Contains(e.Data, `"node":"here"`) {
		t.Errorf("the JSON stream begins with %s", e.Data)
	}
}

// TestReportIsBounded: whatever the channels are called and how many users there
// are, the report fits.
func TestReportIsBounded(t *testing.T) {
	r := newRig(t)
	format := hub.NewFormat("none", func(*hub.Event) []byte { return nil })
	for i := range 2000 {
		c, err := r.hub.Subscribe(context.Background(), hub.Request{Format: format, Topics: []hub.Topic{
			hub.ChannelTopic(strings.Repeat("<", hub.MaxChannelLen-4) + fmt.Sprintf("%04d", i)), hub.UserTopic(int64(1<<62) + int64(i/2)),
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
	}
	report := cluster.NewReport(strings.Repeat("n", 64), "v", time.Now(), r.hub, 0)
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > cluster.MaxReport || len(report.UserIDs) != 1000 || len(report.Channels) < 10 {
		t.Errorf("%d bytes with %d users and %d channels", len(text), len(report.UserIDs), len(report.Channels))
	}
}
